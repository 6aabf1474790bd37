/** A sentence for everything that a contract or a wallet can refuse. */
import { BaseError, ContractFunctionRevertedError, decodeErrorResult, formatEther, type Hex } from "viem";
import { abis } from "./abis";

type Arguments = readonly unknown[];
type Sentence = string | ((values: Arguments) => string);

const cpy = (wei: unknown): string => `${formatEther(wei as bigint)} CPY`;
const notYours = "This account may not do that. Switch to the account that may.";
const committee = "The committee's signatures are not complete. Nothing was changed; ask for a new quote.";
const stopped = "The contract refused this call. Nothing was changed.";

/** By the contracts' own names; the unit test asks for every error of every ABI. */
export const sentences: Record<string, Sentence> = {
  // money
  ERC20InsufficientBalance: ([, has, needs]) => `${cpy(needs)} are needed, and this account has ${cpy(has)}.`,
  ERC20InsufficientAllowance: ([, has, needs]) =>
    `${cpy(needs)} must be allowed first, and ${cpy(has)} are. Start again: the allowance is the first step.`,
  ERC20InvalidApprover: stopped,
  ERC20InvalidReceiver: "CPY cannot be sent to this address. Check it.",
  ERC20InvalidSender: stopped,
  ERC20InvalidSpender: stopped,
  ERC2612ExpiredSignature: "The permission has expired. Sign again.",
  ERC2612InvalidSigner: "The permission was signed by another account. Sign with this one.",
  InvalidAccountNonce: "The permission was used already. Sign again.",
  NothingOwed: "There is nothing to withdraw for this account.",
  SafeERC20FailedOperation: "The transfer of CPY failed. Nothing was changed.",
  InsufficientBalance: "The account does not have enough ether for this.",
  // register
  AlreadyRegistered: "You have registered this work already.",
  EmptyBatch: "A batch needs at least one work.",
  EmptyCid: "The fingerprint is not stored yet. Wait until the work is ready.",
  EmptyContentHash: "The work has no content hash. Upload it again.",
  NotInBatch: "This work does not belong to that batch.",
  NotOwner: "Only the owner of the certificate may do this. Switch to the account that holds it.",
  ProofsMissing: "The proofs of this batch are not complete. Reload the page and try again.",
  UnknownBatch: "There is no such batch on this chain.",
  UnknownWork: "There is no such work in the register.",
  ERC721IncorrectOwner: notYours,
  ERC721InsufficientApproval: notYours,
  ERC721InvalidApprover: notYours,
  ERC721InvalidOperator: stopped,
  ERC721InvalidOwner: stopped,
  ERC721InvalidReceiver: "A certificate cannot be sent to this address. Check it.",
  ERC721InvalidSender: stopped,
  ERC721NonexistentToken: "There is no such certificate.",
  // attestations
  BadAttestation: "The verifier's signature does not fit. Ask for a new attestation.",
  NoAttestation: "There is no such attestation.",
  NotVerifier: "Only a verifier may do this.",
  OutsideValidity: "The attestation is not valid now. Ask for a new one.",
  SupersededAttestation: "A later attestation is recorded already.",
  // market
  BadPeriod: stopped,
  ClosedOffer: "This offer was closed. Look for another one.",
  EmptyEndUser: "Say who will use the work: the host name of the site.",
  IncompleteOffer: "An offer needs a period and terms.",
  NotSeller: "Only the seller may do this.",
  NotSettlement: stopped,
  PlatformAsEndUser: "A sharing platform cannot be the end user. Name your own site.",
  PriceAboveLimit: ([price, limit]) => `The price is ${cpy(price)} now, above your limit of ${cpy(limit)}.`,
  SellerNotOwner: "The seller does not own the certificate any more.",
  UnknownOffer: "There is no such offer.",
  // evidence
  AlreadyReported: "This was reported already.",
  BadMembers: stopped,
  BadThreshold: stopped,
  EmptyReport: stopped,
  NotMember: committee,
  ObservedInFuture: "The observation lies in the future. Check the clock.",
  QuorumMissing: committee,
  SignersNotAscending: committee,
  StaleConfig: "The committee has changed meanwhile. Try again.",
  EmptyKey: "The key is missing.",
  // cases
  AlreadyOpen: "A case on this work and site is open already.",
  BadCurrency: "The currency is not known.",
  Covered: "A licence or a release covers this use, so no case can be opened.",
  EarlierRegistration: "Somebody registered the same content earlier. Open a dispute before you claim.",
  EmptyDemand: "A demand needs an amount.",
  NoAuthorship: "No verifier has attested that you control this work.",
  NotClaimant: "Only the claimant may do this. Switch to the account that opened the case.",
  NotHolder: "This account did not hold the certificate when the use was seen.",
  NotProven: "The report of this use is not final yet. Try again later.",
  PlatformSite: "A sharing platform is no site: no case can be opened on it.",
  QuoteTooLong: "The quote is valid for too long. Ask for a new one.",
  StaleQuote: "The quote has expired. Ask for a new one; nothing was paid.",
  WrongAmount: "The amount is not the one of the quote. Ask for a new one.",
  WrongStage: "This case is over, or was not opened yet. Reload the page.",
  // governance and libraries
  AccessManagedInvalidAuthority: notYours,
  AccessManagedRequiredDelay: "This needs a delay that has not passed.",
  AccessManagedUnauthorized: notYours,
  AccessManagerAlreadyScheduled: stopped,
  AccessManagerBadConfirmation: stopped,
  AccessManagerExpired: stopped,
  AccessManagerInvalidInitialAdmin: stopped,
  AccessManagerLockedFunction: stopped,
  AccessManagerLockedRole: stopped,
  AccessManagerNotReady: stopped,
  AccessManagerNotScheduled: stopped,
  AccessManagerUnauthorizedAccount: notYours,
  AccessManagerUnauthorizedCall: notYours,
  AccessManagerUnauthorizedCancel: notYours,
  AccessManagerUnauthorizedConsume: notYours,
  AddressEmptyCode: "There is no contract at this address. Check the network.",
  ECDSAInvalidSignature: committee,
  ECDSAInvalidSignatureLength: committee,
  ECDSAInvalidSignatureS: committee,
  FailedCall: stopped,
  InvalidShortString: stopped,
  SafeCastOverflowedUintDowncast: "The number is too large.",
  StringTooLong: stopped,
  StringsInsufficientHexLength: stopped,
};

const REJECTED = 4001;
const UNAUTHORISED = 4100;

/** Whether the user said no in the wallet: nothing to complain about. */
export function isRejection(problem: unknown): boolean {
  for (let at = problem as { code?: number; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (at.code === REJECTED) return true;
  }
  return false;
}

/** What to tell the user. */
export function sentenceOfChain(problem: unknown): string {
  const data = revertData(problem);
  if (data) {
    const named = sentenceOfRevert(data);
    if (named) return named;
  }
  const text = problem instanceof Error ? problem.message : String(problem);
  for (let at = problem as { code?: number; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (at.code === UNAUTHORISED) return "The wallet has not allowed this site to use the account. Connect again.";
  }
  if (/insufficient funds/i.test(text)) return "The account has no ether for the network's fee. Send some to it first.";
  if (/chain.*(mismatch|does not match)/i.test(text))
    return "The wallet is on another network. Switch it and try again.";
  if (/timed? ?out|took too long/i.test(text)) return "The chain does not answer in time. Nothing was lost; try again.";
  if (/fetch|network|http request failed/i.test(text))
    return "The chain cannot be reached. Nothing was lost; try again.";
  if (problem instanceof BaseError) return problem.shortMessage;
  return "The wallet could not do this. Nothing was changed.";
}

export function sentenceOfRevert(data: Hex): string | undefined {
  for (const abi of Object.values(abis)) {
    try {
      const { errorName, args } = decodeErrorResult({ abi, data });
      const sentence = sentences[errorName];
      if (sentence) return typeof sentence === "string" ? sentence : sentence((args ?? []) as Arguments);
    } catch {
      // not an error of this contract
    }
  }
  return undefined;
}

function revertData(problem: unknown): Hex | undefined {
  if (!(problem instanceof BaseError)) return undefined;
  const reverted = problem.walk((at) => at instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError && reverted.raw) return reverted.raw;
  const withData = problem.walk((at) => typeof (at as { data?: unknown }).data !== "undefined") as {
    data?: Hex | { data?: Hex };
  } | null;
  const data = withData?.data;
  return typeof data === "string" ? data : data?.data;
}

/** A sentence for everything that a contract or a wallet can refuse. */
import { BaseError, ContractFunctionRevertedError, decodeErrorResult, formatEther, type Hex } from "viem";
import { abis } from "./abis";

type Arguments = readonly unknown[];
type Sentence = string | ((values: Arguments) => string);

const cpy = (wei: unknown): string => `${formatEther(wei as bigint)} CPY`;
const eth = (wei: unknown): string => `${formatEther(wei as bigint)} ETH`;
const day = (seconds: unknown): string => new Date(Number(seconds) * 1000).toUTCString();
const notYours = "This account may not do that. Switch to the account that may.";
const committee = "The committee's signatures are not complete. Nothing was changed; ask for a new quote.";
const terms = "These terms are refused. Nothing was deployed; correct them.";
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
  CannotReceive: "The money would be lost at this address. Choose another one.",
  NothingOwed: "There is nothing to withdraw for this account.",
  SafeERC20FailedOperation: "The transfer of CPY failed. Nothing was changed.",
  InsufficientBalance: "The account does not have enough ether for this.",
  // register
  AddressesMissing: stopped,
  AlreadyLinked: "This work has a parent already.",
  AlreadyRegistered: "You have registered this work already.",
  EmptyBatch: "A batch needs at least one work.",
  EmptyCid: "The fingerprint is not stored yet. Wait until the work is ready.",
  EmptyContentHash: "The work has no content hash. Upload it again.",
  BadParent: "A work cannot derive from itself, from a later work, or through more than three works.",
  BadShares: "There can be at most seven co-owners, each with a share, and together at most 100%.",
  ConsentsMissing: "Every current co-owner must agree to a change of shares.",
  NotEarlier: "That batch is not older than the known date.",
  NotInBatch: "This work does not belong to that batch.",
  NotAContract: stopped,
  NotLinked: "This work has no parent.",
  NotOwner: "Only the owner of the certificate may do this. Switch to the account that holds it.",
  ProofsMissing: "The proofs of this batch are not complete. Reload the page and try again.",
  StateChanged: "The rights in this work have changed since the price was agreed. Look at it again; nothing was paid.",
  RoyaltyFixed: "A royalty is set by the first owner, before the first sale, and is at most 10%.",
  UnknownBatch: "There is no such batch on this chain.",
  UnknownName: stopped,
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
  NotListed: "This work is not in that list of attestations.",
  TooManyRegistrations: "As many registrations of this content as there is room for are attested already.",
  TooManyVerifiers: stopped,
  WrongOrigin: "The attestation names another content than the work has. Ask for a new attestation.",
  BadAttestation: "The verifier's signature does not match. Ask for a new attestation.",
  NoAttestation: "There is no such attestation.",
  NotVerifier: "Only a verifier may do this.",
  OutsideValidity: "The attestation is not valid now. Ask for a new one.",
  SupersededAttestation: "A later attestation is recorded already.",
  // market
  BadOrder: "The licensee did not sign this order.",
  BadPeriod: "A period must not end before it starts, and lasts 100 years at most.",
  CatalogueExists: "You have made this offer already.",
  ClosedOffer: "This offer was closed. Look for another one.",
  EmptyLicensee: "Say who the licensee is.",
  EndsInPast: "The last charge would be in the past. Choose a later date.",
  ExclusivityTaken: "A running licence conflicts with this: exclusive rights would overlap.",
  ExternalSaleRuns: "A sale made elsewhere is running, so no exclusive licence can be sold now.",
  EmptyEndUser: "Say who will use the work: the host name of the site.",
  IncompleteOffer:
    "An offer needs uses, countries and terms, a period of up to 100 years and a grace of up to one year.",
  NoCatalogue: "This offer for many works was closed, or never made.",
  NoIncome: "Nothing waits for this work.",
  NoLicence: "There is no such licence.",
  NoSuchSale: "There is no such sale on the list.",
  NotInCatalogue: "The offer does not include this work.",
  NotAgency: "Only the certificate's owner, or their agency, may record a sale.",
  NotDue: "It is too early: a renewal is possible in the last quarter of the paid period.",
  NotGrantor: "Only the account that granted the sub-licence may end it early.",
  NotLedger: stopped,
  NotLicensee: "Only the licensee may do this. Switch to that account.",
  NotRenewable: "This licence is still running, and its offer does not allow renewal.",
  NotRunning: "There is no such licence, or it has ended.",
  NotSeller: "Only the seller may do this, while they own the certificate.",
  NotSubscribed: "There is no subscription of this licence.",
  NotSubscriptions: stopped,
  OfferExists: "This offer exists already.",
  OrderExpired: "The order has expired. Sign a new one.",
  OutsideParent: "A sub-licence stays inside its licence: uses, countries, time, and three levels.",
  QuoteNeeded: "This price is in a currency. Ask for a quote first.",
  RightMissing: "The offer does not give this right.",
  RunningAlready: "That licensee has such a licence already.",
  StillNeeded: "This offer is open, or a licence of it is running.",
  SubLicencesRun: "End the sub-licences first.",
  TooManyOffers: "This work has 64 offers. Forget old ones first.",
  UnknownPreset: "There is no such price structure.",
  PlatformAsEndUser: "A sharing platform cannot be the end user. Name your own site.",
  RejectedWork: "The panel rejected the registration of this work, so no licence of it is sold.",
  SaleEndsAnyway: "This sale ends within 14 days anyway.",
  PriceAboveLimit: ([price, limit]) => `The price is ${cpy(price)} now, above your limit of ${cpy(limit)}.`,
  SellerNotOwner: "The seller does not own the certificate any more.",
  UnknownOffer: "There is no such offer.",
  // evidence
  AlreadyReported: "This was reported already.",
  BadMembers: stopped,
  BadThreshold: stopped,
  EmptyReport: stopped,
  NotMember: committee,
  ProofMissing: "A member is removed only with published proof.",
  MethodsMissing:
    "The members who signed this report compared the pictures in too few different ways. Ask further members to sign.",
  ObservedInFuture: "The observation is in the future. Check the clock.",
  QuorumMissing: committee,
  SignersNotAscending: committee,
  StaleConfig: "The committee has changed in the meantime. Try again.",
  EmptyKey: "The key is missing.",
  // cases
  AlreadyOpen: "A case on this use is open already, for this work or another one of yours. Join the use to it.",
  BadCurrency: "The currency is not known.",
  Covered: "A licence or a release covers this use, so no case can be opened.",
  CertificateSold: "The certificate was sold after the use was seen, so its owner has to agree to a case.",
  EarlierRegistration:
    "Somebody registered the same content earlier, and a verifier attested their authorship. Dispute that registration before you claim.",
  EmptyDemand: "A demand needs an amount.",
  NoAuthorship: "No verifier has attested that you control this work.",
  BadCommission: "A commission above 30% needs a court's decision, and 50% is the limit.",
  BadSignature: "This was not signed by that account. Sign again with the right account.",
  DisputedEvidence: "This evidence is challenged before the panel, or was rejected by it.",
  DisputedRegistration: "This registration is disputed before the panel, or was rejected by it.",
  Expired: "The signed statement has expired. Ask for a new one.",
  NotArbitration: stopped,
  NotClaimant: "Only the claimant may do this. Switch to the account that opened the case.",
  NotLower: "A demand can only be lowered.",
  OtherContent: "The content is not that of the work. Reload the page.",
  OtherUse: "This use is of another work or site than the case.",
  OutsideAssignment: "The assignment does not let this account act on this use, or has expired.",
  SeenBefore: "A case on this use has ended. A new one needs a use that was seen later.",
  WrongSubject: "The quote is for another payment. Ask for a new one.",
  // panel
  BadOutcome: "This ruling is not possible for such a dispute.",
  EmptyReasons: "A dispute and a ruling need reasons.",
  NotPending: "This dispute has already been decided, or was never raised.",
  NothingToDispute: "There is nothing to dispute here.",
  Pending: "A dispute about this is pending already.",
  TooEarly: "The panel still has time to rule.",
  TooLate: "The panel's time is over: the default applies now.",
  WindowOver: "Evidence can only be challenged before its window ends.",
  NotHolder: "This account did not hold the certificate when the use was seen.",
  NotProven: "The report of this use is not final yet. Try again later.",
  PlatformSite: "A sharing platform does not count as a site, so no case can be opened on it.",
  QuoteFromFuture: "The quote is not valid yet. Try again in a moment.",
  QuoteTooLong: "The quote is valid for too long. Ask for a new one.",
  StaleQuote: "The quote has expired. Ask for a new one; nothing was paid.",
  WrongAmount: "The amount is not the one of the quote. Ask for a new one.",
  WrongStage: "This case is over, or was not opened yet. Reload the page.",
  // sale and swap
  BadCap: terms,
  BadDeadline: terms,
  BadLimits: terms,
  BadPresale: terms,
  BadReceiver: "This address cannot receive CPY. Check it.",
  BadSoftCap: terms,
  BadTerms: terms,
  BadTimes: terms,
  BelowMinimum: ([, least]) => `The sale takes ${eth(least)} at least. Send more.`,
  EmptyAllocation: terms,
  EnforcedPause: "Purchases are paused. Nothing was paid; try again later.",
  ExpectedPause: "Purchases are not paused.",
  InvalidCliffDuration: terms,
  MaximumReached: ([, most]) => `This account has bought for ${eth(most)}, the most for one buyer.`,
  NoEther: "Nothing was sent. Choose an amount.",
  NotFunded: "The contract does not hold its tokens yet. Nothing was paid; try again later.",
  NothingToBurn: "Nothing is left to burn.",
  NothingToClaim: "This account bought nothing, or has its CPY already.",
  NothingToCollect: "The treasury has collected everything.",
  NothingToRefund: "This account paid nothing, or has its ether back already.",
  NotInPresale: "The presale has no such allocation. Check account and amount.",
  NotToken: terms,
  OwnerNeeded: "A vault needs an owner: pass it on instead.",
  OwnableInvalidOwner: "A vault needs an owner. Check the address.",
  OwnableUnauthorizedAccount: notYours,
  PresaleAlreadyClaimed: "This allocation was claimed already.",
  PresaleExceeded: "The presale has promised more than it has. Ask who made the sale.",
  SaleNotOpen: ([opens, closes]) => `The sale is open from ${day(opens)} to ${day(closes)}. Nothing was paid.`,
  SameToken: terms,
  SoldOut: "Everything is sold. Nothing was paid.",
  StillOpen: ([closes]) => `The sale continues until ${day(closes)} or until it is sold out.`,
  SwapClosed: ([deadline]) => `The swap ended on ${day(deadline)}. Nothing was changed.`,
  SwapOpen: ([deadline]) => `The swap continues until ${day(deadline)}.`,
  TooManyAllocations: terms,
  TreasuryRefusesEther: terms,
  WrongSaleStage: "The sale is not at the stage that this needs. Reload the page.",
  ZeroAmount: "The amount is zero. Enter an amount above 0.",
  ZeroSupply: terms,
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
  CheckpointUnorderedInsertion: stopped,
  ERC2981InvalidDefaultRoyalty: stopped,
  ERC2981InvalidDefaultRoyaltyReceiver: stopped,
  ERC2981InvalidTokenRoyalty: "A royalty is at most the whole price.",
  ERC2981InvalidTokenRoyaltyReceiver: "Say who receives the royalty.",
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
  if (/timed? ?out|took too long/i.test(text)) return "The chain did not answer in time. Nothing was lost; try again.";
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

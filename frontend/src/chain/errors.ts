/** A sentence for everything that a contract or a wallet can refuse. */
import { BaseError, ContractFunctionRevertedError, decodeErrorResult, formatEther, type Hex } from "viem";
import { abis } from "./abis";

type Arguments = readonly unknown[];
type Sentence = string | ((values: Arguments) => string);

const cpy = (wei: unknown): string => `${formatEther(wei as bigint)} CPY`;
const eth = (wei: unknown): string => `${formatEther(wei as bigint)} ETH`;
const day = (seconds: unknown): string => new Date(Number(seconds) * 1000).toUTCString();
const notYours = "This account does not have permission to do this. Switch to one that does.";
const committee =
  "Some of the required signatures are missing or invalid. Nothing was changed. If you are paying, try again to get a new quote.";
const terms = "The contract rejected these terms. Nothing was deployed. Correct them and try again.";
const stopped = "The contract rejected this call. Nothing was changed.";

/** By the contracts' own names; the unit test asks for every error of every ABI. */
export const sentences: Record<string, Sentence> = {
  // money
  ERC20InsufficientBalance: ([, has, needs]) => `You need ${cpy(needs)}; this account has ${cpy(has)}.`,
  ERC20InsufficientAllowance: ([, has, needs]) =>
    `The contract may spend ${cpy(has)} of your CPY, but needs ${cpy(needs)}. Start again: the first step sets this allowance.`,
  ERC20InvalidApprover: stopped,
  ERC20InvalidReceiver: "CPY can’t be sent to this address. Check the address.",
  ERC20InvalidSender: stopped,
  ERC20InvalidSpender: stopped,
  ERC2612ExpiredSignature: "The permission has expired. Sign again.",
  ERC2612InvalidSigner: "A different account signed the permission. Sign with this one.",
  InvalidAccountNonce: "The permission has already been used. Sign again.",
  CannotReceive: "Money sent to this address would be lost. Choose another address.",
  NothingOwed: "This account has nothing to withdraw.",
  SafeERC20FailedOperation: "The CPY transfer failed. Nothing was changed.",
  InsufficientBalance: "This account does not have enough ether for this.",
  // register
  AddressesMissing: stopped,
  AlreadyLinked: "This work already has a parent.",
  AlreadyRegistered: "You have already registered this work.",
  EmptyBatch: "A batch needs at least one work.",
  EmptyCid: "The fingerprint has not been stored yet. Wait until the work is ready.",
  EmptyContentHash: "The work has no content hash. Upload it again.",
  BadParent: "A work can’t derive from itself, from a later work, or through a chain of more than three works.",
  BadShares: "There can be at most seven co-owners. Each needs a share, and the total can’t exceed 100%.",
  ConsentsMissing: "Every current co-owner must agree before shares can change.",
  NotEarlier: "That batch is not older than the date already on record.",
  NotInBatch: "This work is not part of that batch.",
  NotAContract: stopped,
  NotLinked: "This work has no parent.",
  NotOwner: "Only the owner of the certificate can do this. Switch to the account that holds it.",
  ProofsMissing: "Some proofs for this batch are missing. Reload the page and try again.",
  StateChanged:
    "The rights in this work have changed since you agreed to the price. Nothing was paid. Look at the work again.",
  RoyaltyFixed: "Only the first owner can set a royalty, before the first sale. It can be at most 10%.",
  UnknownBatch: "This batch does not exist on this chain.",
  UnknownName: stopped,
  UnknownWork: "This work is not in the register.",
  ERC721IncorrectOwner: notYours,
  ERC721InsufficientApproval: notYours,
  ERC721InvalidApprover: notYours,
  ERC721InvalidOperator: stopped,
  ERC721InvalidOwner: stopped,
  ERC721InvalidReceiver: "A certificate can’t be sent to this address. Check the address.",
  ERC721InvalidSender: stopped,
  ERC721NonexistentToken: "This certificate does not exist.",
  // attestations
  NotListed: "This work is not in that list of attestations.",
  TooManyRegistrations: "This content already has the maximum number of attested registrations.",
  TooManyVerifiers: stopped,
  WrongOrigin: "The attestation does not match the owner and content of this work. Ask for a new attestation.",
  BadAttestation: "The verifier’s signature does not match. Ask for a new attestation.",
  NoAttestation: "This attestation does not exist.",
  NotVerifier: "Only a verifier can do this.",
  OutsideValidity: "The attestation is not valid at this time. Ask for a new one.",
  SupersededAttestation: "A newer attestation is already on record, or this one was revoked.",
  // market
  BadOrder: "The licensee did not sign this order.",
  BadPeriod: "A period can’t end before it starts or last longer than 100 years.",
  CatalogueExists: "You have already made this offer.",
  ClosedOffer: "This offer is closed. Look for another one.",
  EmptyLicensee: "Enter the licensee.",
  EndsInPast: "The last charge would be in the past. Choose a later date.",
  ExclusivityTaken: "This conflicts with a licence that is still running: exclusive rights would overlap.",
  ExternalSaleRuns: "A licence sold elsewhere is still running, so no exclusive licence can be sold now.",
  EmptyEndUser: "Enter who will use the work: the host name of their site.",
  IncompleteOffer:
    "An offer needs uses, countries and terms, a period of up to 100 years, and a grace period of up to one year.",
  NoCatalogue: "This offer for many works was closed or never existed.",
  NoIncome: "There is nothing to distribute for this work.",
  NoLicence: "This licence does not exist.",
  NoSuchSale: "This sale is not on the list.",
  NotInCatalogue: "The offer does not include this work.",
  NotAgency: "Only the certificate’s owner or their agency can record a sale.",
  NotDue: "It is too early. You can renew in the last quarter of the paid period.",
  NotGrantor: "Only the account that granted this sub-licence, or one it came from, can end it early.",
  NotLedger: stopped,
  NotLicensee: "Only the licensee can do this. Switch to their account.",
  NotRenewable: "This licence is still running, and its offer does not allow renewal.",
  NotRunning: "This licence does not exist or has ended.",
  NotSeller: "Only the seller can do this, and only while they own the certificate.",
  NotSubscribed: "This licence has no subscription.",
  NotSubscriptions: stopped,
  OfferExists: "This offer already exists.",
  OrderExpired: "The order has expired. Sign a new one.",
  OutsideParent:
    "A sub-licence can’t go beyond its own licence in uses, countries or time, and there can be at most three levels.",
  QuoteNeeded: "This price is not in CPY. Get a quote first.",
  RightMissing: "The offer does not include this right.",
  RunningAlready: "That licensee already has such a licence.",
  StillNeeded: "This offer is still open, or one of its licences is still running.",
  SubLicencesRun: "End the sub-licences first.",
  TooManyOffers: "This work has 64 offers, which is the maximum. Remove old ones first.",
  UnknownPreset: "This price structure does not exist.",
  PlatformAsEndUser: "A sharing platform can’t be the end user. Enter your own site.",
  RejectedWork: "The panel rejected the registration of this work, so its licences can’t be sold.",
  SaleEndsAnyway: "This sale has ended or ends within 14 days anyway.",
  PriceAboveLimit: ([price, limit]) => `The price is now ${cpy(price)}, above your limit of ${cpy(limit)}.`,
  SellerNotOwner: "The seller no longer owns the certificate.",
  UnknownOffer: "This offer does not exist.",
  // evidence
  AlreadyReported: "This has already been reported.",
  BadMembers: stopped,
  BadThreshold: stopped,
  EmptyReport: stopped,
  NotMember: committee,
  ProofMissing: "A member can only be removed with published proof.",
  MethodsMissing:
    "The members who signed this report used too few different methods to compare the pictures. Ask more members to sign.",
  ObservedInFuture: "The time of the observation is in the future. Check the clock.",
  QuorumMissing: committee,
  SignersNotAscending: committee,
  StaleConfig: "The committee has changed in the meantime. Try again.",
  EmptyKey: "The key is missing.",
  // cases
  AlreadyOpen: "A case on this use is already open, for this work or another of yours. Join the use to that case.",
  BadCurrency: "This currency is not known. Use a three-letter code such as EUR.",
  Covered: "A licence or a release covers this use, so you can’t open a case.",
  CertificateSold: "The certificate was sold after the use was seen, so its new owner must agree to a case.",
  EarlierRegistration:
    "Someone registered the same content earlier, and a verifier attested their authorship. Dispute that registration before you claim.",
  EmptyDemand: "Enter a demand greater than zero.",
  NoAuthorship: "No verifier has attested that you control this work.",
  BadCommission: "A commission above 30% needs a court decision, and it can’t exceed 50%.",
  BadSignature: "The account that has to sign this did not sign it. Sign again with the right account.",
  DisputedEvidence: "This evidence is being challenged before the panel, or the panel rejected it.",
  DisputedRegistration: "This registration is being disputed before the panel, or the panel rejected it.",
  Expired: "The signed statement has expired. Ask for a new one.",
  NotArbitration: stopped,
  NotClaimant: "Only the claimant can do this. Switch to the account that opened the case.",
  NotLower: "A demand can only be lowered.",
  OtherContent: "This content does not belong to the work. Reload the page.",
  OtherUse: "This use is of a different work, or on a different site, than the case.",
  OutsideAssignment: "The assignment does not let this account act on this use, or it has expired.",
  SeenBefore: "A case on this use has already ended. You can open a new one only if the use is seen again later.",
  WrongSubject: "The quote is for a different payment. Try again to get a new one.",
  // panel
  BadOutcome: "The panel can’t make this ruling in this kind of dispute.",
  EmptyReasons: "A dispute or a ruling must give reasons.",
  NotPending: "This dispute has already been decided, or it was never raised.",
  NothingToDispute: "There is nothing to dispute here.",
  Pending: "A dispute about this is already pending.",
  TooEarly: (values) =>
    values.length > 1
      ? `You have already paid ahead. You can renew from ${day(values[1])}.`
      : "The panel still has time to rule.",
  TooLate: "The panel’s deadline has passed. The default outcome applies now.",
  WindowOver: "The deadline for challenging this evidence has passed.",
  NotHolder: "This account did not hold the certificate when the use was seen.",
  NotProven: ([, provenAt]) =>
    provenAt === 0n
      ? "This use has not been reported on-chain yet. Try again later."
      : `Anyone can challenge this evidence until ${day(provenAt)}. Open the case after that.`,
  PlatformSite: "A sharing platform does not count as a site, so you can’t open a case on it.",
  QuoteFromFuture: "The quote is not valid yet. Try again in a moment.",
  QuoteTooLong: "The quote is valid for longer than allowed. Try again to get a new one.",
  StaleQuote: "The quote has expired. Nothing was paid. Try again to get a new one.",
  WrongAmount: "The amount does not match the quote. Try again to get a new one.",
  WrongStage: "The case is not at a stage where this is possible. Reload the page.",
  // sale and swap
  BadCap: terms,
  BadDeadline: terms,
  BadLimits: terms,
  BadPresale: terms,
  BadReceiver: "This address can’t receive CPY. Check the address.",
  BadSoftCap: terms,
  BadTerms: terms,
  BadTimes: terms,
  BelowMinimum: ([, least]) => `Your purchases must add up to at least ${eth(least)}. Send more.`,
  EmptyAllocation: terms,
  EnforcedPause: "This is paused at the moment. Nothing was paid. Try again later.",
  ExpectedPause: "This is not paused.",
  InvalidCliffDuration: terms,
  MaximumReached: ([, most]) => `This account has bought for ${eth(most)}, the maximum for one buyer.`,
  NoEther: "You sent no ether. Choose an amount.",
  NotFunded: "The contract does not hold its tokens yet. Nothing was paid. Try again later.",
  NothingToBurn: "There is nothing left to burn.",
  NothingToClaim: "This account bought nothing or has already received its CPY.",
  NothingToCollect: "The treasury has already collected everything.",
  NothingToRefund: "This account paid nothing or has already received its ether back.",
  NotInPresale: "The presale has no such allocation. Check the account and the amount.",
  NotToken: terms,
  OwnerNeeded: "A vault needs an owner. Transfer it instead of giving it up.",
  OwnableInvalidOwner: "A vault needs an owner. Check the address.",
  OwnableUnauthorizedAccount: notYours,
  PresaleAlreadyClaimed: "This allocation has already been claimed.",
  PresaleExceeded: "The presale promised more CPY than it has. Contact the organisers of the sale.",
  SaleNotOpen: ([opens, closes]) => `The sale is open from ${day(opens)} to ${day(closes)}. Nothing was paid.`,
  SameToken: terms,
  SoldOut: "The sale is sold out. Nothing was paid.",
  StillOpen: ([closes]) => `The sale runs until ${day(closes)}, or until it is sold out.`,
  SwapClosed: ([deadline]) => `The swap ended on ${day(deadline)}. Nothing was changed.`,
  SwapOpen: ([deadline]) => `The swap runs until ${day(deadline)}.`,
  TooManyAllocations: terms,
  TreasuryRefusesEther: terms,
  WrongSaleStage: "This is not possible at the current stage of the sale. Reload the page.",
  ZeroAmount: "Enter an amount greater than zero.",
  ZeroSupply: terms,
  // governance and libraries
  AccessManagedInvalidAuthority: notYours,
  AccessManagedRequiredDelay: "The required waiting period has not passed yet.",
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
  ERC2981InvalidTokenRoyalty: "A royalty can’t exceed the full price.",
  ERC2981InvalidTokenRoyaltyReceiver: "Enter who receives the royalty.",
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
    if (at.code === UNAUTHORISED) return "Your wallet has not given this site access to the account. Connect it again.";
  }
  if (/insufficient funds/i.test(text))
    return "This account does not have enough ether for the network fee. Add some first.";
  if (/chain.*(mismatch|does not match)/i.test(text))
    return "Your wallet is on another network. Switch networks and try again.";
  if (/timed? ?out|took too long/i.test(text)) return "The chain did not respond in time. Nothing was lost. Try again.";
  if (/fetch|network|http request failed/i.test(text))
    return "The chain can’t be reached. Nothing was lost. Try again.";
  if (problem instanceof BaseError) return problem.shortMessage;
  return "Your wallet could not do this. Nothing was changed.";
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

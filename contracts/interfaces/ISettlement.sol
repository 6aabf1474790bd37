// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IEvidenceOracle} from "./IEvidenceOracle.sol";
import {IPullPayments} from "./IPullPayments.sol";
import {IRates} from "./IRates.sol";

/// @title Cases, from proven evidence to a settlement
/// @notice One case lives per work and site; more uses join it. Paying it writes a release: the retroactive licence. A new
/// case on the same site needs a sighting after the end of the last one. Holders are never charged when a case is lost.
interface ISettlement {
    enum Stage {
        None,
        Open,
        Contested,
        Settled,
        Closed,
        Dismissed
    }

    struct Case {
        bytes32 workId;
        bytes32 siteHash;
        address claimant;
        Stage stage;
        /// @dev ISO 4217 code of the demand.
        bytes3 currency;
        /// @dev Demand in minor units of the currency; never raised.
        uint48 demand;
        /// @dev Hundredths of a percent that go to the operator.
        uint16 commissionBps;
    }

    struct Opening {
        bytes32 root;
        IEvidenceOracle.Item item;
        bytes32[] proof;
        bytes32 contentHash;
        bytes3 currency;
        uint48 demand;
    }

    /// @notice An owner lets somebody else act on uses of a work (EIP-712, EIP-1271). The signature also names the signer's
    /// epoch, between `seenUntil` and `deadline`.
    struct Assignment {
        bytes32 workId;
        address assignee;
        /// @dev Uses seen in this time, both ends included, in Unix seconds.
        uint64 seenFrom;
        uint64 seenUntil;
        /// @dev Unix seconds until which cases may be opened with it.
        uint64 deadline;
    }

    /// @notice A lower demand for one payment, which the claimant agreed to (EIP-712, EIP-1271). Anybody may pay it.
    struct Reduction {
        uint256 caseId;
        uint48 demand;
        uint64 deadline;
    }

    event CaseOpened(
        uint256 indexed caseId,
        bytes32 indexed workId,
        bytes32 indexed siteHash,
        address claimant,
        address holder,
        bytes32 root,
        bytes32 leaf,
        uint64 seenAt,
        bytes3 currency,
        uint48 demand
    );
    event ItemJoined(uint256 indexed caseId, bytes32 indexed root, bytes32 indexed leaf, uint64 seenAt);
    event DemandLowered(uint256 indexed caseId, uint48 demand);
    event DecisionRecorded(uint256 indexed caseId, bytes32 decisionHash, uint16 commissionBps);
    event CaseContested(uint256 indexed caseId);
    /// @notice The panel upheld the case: it goes on.
    event CaseUpheld(uint256 indexed caseId);
    event CaseSettled(
        uint256 indexed caseId,
        address indexed payer,
        uint256 amount,
        uint256 rate,
        uint256 holderPart,
        uint256 commission
    );
    /// @notice The retroactive licence: every use on the site from the beginning until then.
    event ReleaseGranted(bytes32 indexed workId, bytes32 indexed siteHash, uint256 indexed caseId, uint64 until);
    event CaseClosed(uint256 indexed caseId);
    event CaseDismissed(uint256 indexed caseId, uint64 barredUntil, uint96 burntBond);
    /// @notice The panel spoke of a case that was paid or withdrawn while it was before the panel: the bond that was kept
    /// is free, or burnt.
    event EndedCaseDecided(uint256 indexed caseId, uint64 barredUntil, uint96 burntBond);
    event OperatorSet(address indexed operator);
    event CaseRefunded(uint256 indexed caseId, address indexed from, address indexed to, uint256 amount);

    /// @notice The item is not in a report, or the challenge window of its report is not over.
    error NotProven(bytes32 root, uint64 provenAt);
    /// @notice The item is challenged before the panel, or was rejected by it.
    error DisputedEvidence(bytes32 leaf, IEvidenceOracle.Standing standing);
    /// @notice Some term of the contract is missing.
    error BadTerms();
    /// @notice The account did not own the rights when the use was seen.
    error NotHolder(bytes32 workId, address account);
    /// @notice The certificate was sold after the use was seen: its owner has to agree, by `openAssigned`.
    error CertificateSold(bytes32 workId, address owner);
    /// @notice The content is not this work's.
    error OtherContent(bytes32 workId, bytes32 contentHash);
    /// @notice The assignment does not let the caller act on this use, or has expired.
    error OutsideAssignment(bytes32 workId, address caller);
    /// @notice The account did not sign this.
    error BadSignature(address account);
    /// @notice The signed statement has expired.
    error Expired(uint64 deadline, uint64 nowAt);
    /// @notice No verifier attested that the holder controls the work.
    error NoAuthorship(bytes32 workId, address holder);
    /// @notice The registration is disputed before the panel, or was rejected by it.
    error DisputedRegistration(bytes32 workId);
    /// @notice Somebody registered the same content earlier, and a verifier attested their authorship.
    error EarlierRegistration(bytes32 workId, bytes32 earliest);
    /// @notice A licence or a release covers the use.
    error Covered(bytes32 workId, bytes32 siteHash, uint64 seenAt);
    /// @notice A case on this work and site, or of the same holder on this picture, is open already: join it.
    error AlreadyOpen(uint256 caseId);
    /// @notice The last case on this work and site, or of the same holder on this picture, has ended; a new one needs a
    /// later sighting.
    error SeenBefore(uint64 seenAt, uint64 freeFrom);
    /// @notice A demand has an amount.
    error EmptyDemand();
    /// @notice A demand is only ever lowered.
    error NotLower(uint48 demand, uint48 present);
    /// @notice A currency is given by the three capital letters of ISO 4217.
    error BadCurrency(bytes3 currency);
    /// @notice A sharing platform is no site: a case needs the account on it.
    error PlatformSite(bytes32 siteHash);
    /// @notice The item is of another work or site than the case.
    error OtherUse(uint256 caseId, bytes32 workId, bytes32 siteHash);
    /// @notice The case is not at the stage that this needs.
    error WrongStage(uint256 caseId, Stage stage);
    /// @notice Only the claimant may do this.
    error NotClaimant(uint256 caseId, address caller);
    /// @notice More than 30 % needs a court's decision, and 50 % is the most.
    error BadCommission(uint16 commissionBps);
    /// @notice Only the arbitration contract may do this.
    error NotArbitration(address caller);

    /// @notice Open a case on a proven use that no licence covers. Only the owner of the rights at the time when it was
    /// seen, while they still own the certificate. Takes the bond from the caller.
    function open(Opening calldata opening) external returns (uint256 caseId);

    /// @notice Open a case that others have to agree to: the owner of the rights when the use was seen, and the owner of
    /// the certificate now, as far as they are not the caller. Takes the bond from the caller, who also gets the holder's
    /// part.
    /// @param signatures Of `Assignment` to the caller, by the former and then by the latter.
    function openAssigned(
        Opening calldata opening,
        Assignment calldata assignment,
        bytes[] calldata signatures
    ) external returns (uint256 caseId);

    /// @notice Add a proven use on the same site to an open case, seen while the same holder owned the rights. Only the
    /// claimant; the demand stays. The use has to pass all that `open` asks of one.
    /// @param contentHash Content of the work, as in `Opening`.
    function join(
        uint256 caseId,
        bytes32 root,
        IEvidenceOracle.Item calldata item,
        bytes32[] calldata proof,
        bytes32 contentHash
    ) external;

    /// @notice Lower the demand. Only the claimant.
    /// @dev Warning: for good, whether somebody pays or not. `payReduced` lowers it for one payment.
    function lower(uint256 caseId, uint48 demand) external;

    /// @notice Record a court's decision and the commission agreed for it. Only the claimant.
    /// @param commissionBps More than 3000, at most 5000.
    function recordDecision(uint256 caseId, bytes32 decisionHash, uint16 commissionBps) external;

    /// @notice Pay a case, contested or not, whose registration was not rejected. Anybody may pay it. The commission goes to the operator, the rest to all who
    /// share in the work, the bond back to the claimant; from a contested case, the bond when the panel has spoken.
    /// @param quote For this contract, with the number of the case as subject and demand × rate as amount.
    function pay(IRates.Quote calldata quote, bytes[] calldata signatures) external;

    /// @notice Pay with an ERC-2612 permit.
    function payWithPermit(
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        IPullPayments.Permit calldata permit
    ) external;

    /// @notice Pay a case at a lower demand, as the claimant signed it for some time.
    /// @param permit Passed over if its value is 0.
    /// @param consent Signature of `Reduction` (EIP-712, EIP-1271) by the claimant.
    function payReduced(
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        IPullPayments.Permit calldata permit,
        Reduction calldata reduction,
        bytes calldata consent
    ) external;

    /// @notice Withdraw a case and take the bond back; from a contested case, when the panel has spoken. Only the claimant;
    /// of a registration that the panel rejected, anybody.
    function close(uint256 caseId) external;

    /// @notice Give money back after a settlement, as when a licence is proven late. Anybody may, of his own money; the
    /// release stays.
    /// @param to Who paid.
    /// @param amount CPY wei.
    function refund(uint256 caseId, address to, uint256 amount) external;

    /// @notice Name another receiver of the commission, who also brings contests at its own cost. Only the governor.
    function setOperator(address newOperator) external;

    /// @notice Receives the commission.
    function operator() external view returns (address);

    /// @notice Note that an open case is before the panel. Only the arbitration contract.
    /// @return claimant Who has to answer.
    function contested(uint256 caseId) external returns (address claimant);

    /// @notice Carry out what the panel ruled. Only the arbitration contract. Of a case that has ended meanwhile, only the
    /// bond and the bar are decided; an open case on a use that the bar frees is dismissed, too.
    /// @param upheld Whether the case goes on.
    /// @param barredUntil If not: no new case on this work and site with a sighting up to this time.
    /// @param abusive If not: whether the bond is burnt.
    function decide(uint256 caseId, bool upheld, uint64 barredUntil, bool abusive) external;

    /// @notice A case; stage None for an unknown one.
    function caseOf(uint256 caseId) external view returns (Case memory);

    /// @notice Number of the open case on a work and site; 0 if there is none.
    function openCase(bytes32 workId, bytes32 siteHash) external view returns (uint256);

    /// @notice Unix seconds until which a settled case released all uses of a work on a site; 0 if none did.
    function releasedUntil(bytes32 workId, bytes32 siteHash) external view returns (uint64);

    /// @notice A new case on this work and site needs a sighting after this time, in Unix seconds; where the last case
    /// was settled, after its release.
    function freeFrom(bytes32 workId, bytes32 siteHash) external view returns (uint64);
}

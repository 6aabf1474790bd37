// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IEvidenceOracle} from "./IEvidenceOracle.sol";

/// @title Cases, from proven evidence to a settlement
/// @notice One case lives per work and site. Paying it writes a release: the retroactive licence.
interface ISettlement {
    enum Stage {
        None,
        Open,
        Settled,
        Closed
    }

    struct Case {
        bytes32 workId;
        bytes32 siteHash;
        address claimant;
        Stage stage;
        uint64 seenAt;
        /// @dev ISO 4217 code of the demand.
        bytes3 currency;
        /// @dev Demand in minor units of the currency; never raised.
        uint96 demand;
        /// @dev CPY wei that the claimant left as a bond.
        uint128 bond;
    }

    struct Opening {
        bytes32 root;
        IEvidenceOracle.Item item;
        bytes32[] proof;
        bytes32 contentHash;
        bytes3 currency;
        uint96 demand;
    }

    /// @notice A price in CPY for the demand of a case, signed by the rate signers.
    struct Quote {
        uint256 caseId;
        /// @dev CPY wei for one minor unit of the case's currency.
        uint256 rate;
        /// @dev CPY wei to be paid: demand × rate.
        uint256 amount;
        /// @dev Unix seconds; at most 15 minutes ahead.
        uint64 validUntil;
    }

    event CaseOpened(
        uint256 indexed caseId,
        bytes32 indexed workId,
        bytes32 indexed siteHash,
        address claimant,
        bytes32 root,
        bytes32 leaf,
        uint64 seenAt,
        bytes3 currency,
        uint96 demand
    );
    event CaseSettled(
        uint256 indexed caseId,
        address indexed payer,
        uint256 amount,
        uint256 rate,
        uint256 holderPart,
        uint256 commission,
        uint64 releasedUntil
    );
    event CaseClosed(uint256 indexed caseId);

    /// @notice The item is not in a report, or the challenge window of its report is not over.
    error NotProven(bytes32 root, uint64 provenAt);
    /// @notice The caller did not hold the certificate when the use was seen.
    error NotHolder(bytes32 workId, address caller);
    /// @notice No verifier attested that the caller controls the work.
    error NoAuthorship(bytes32 workId, address caller);
    /// @notice Somebody registered the same content earlier.
    error EarlierRegistration(bytes32 workId, bytes32 earliest);
    /// @notice A licence or a release covers the use.
    error Covered(bytes32 workId, bytes32 siteHash, uint64 seenAt);
    /// @notice A case on this work and site is open already.
    error AlreadyOpen(uint256 caseId);
    /// @notice A demand has an amount.
    error EmptyDemand();
    /// @notice A currency is given by the three capital letters of ISO 4217.
    error BadCurrency(bytes3 currency);
    /// @notice A sharing platform is no site: a case needs the account on it.
    error PlatformSite(bytes32 siteHash);
    /// @notice The case is not at the stage that this needs.
    error WrongStage(uint256 caseId, Stage stage);
    /// @notice Only the claimant may do this.
    error NotClaimant(uint256 caseId, address caller);
    /// @notice The quote has expired: ask for a new one.
    error StaleQuote(uint64 validUntil, uint64 nowAt);
    /// @notice A quote may be valid for 15 minutes at most.
    error QuoteTooLong(uint64 validUntil, uint64 latest);
    /// @notice The amount is not demand × rate.
    error WrongAmount(uint256 amount, uint256 expected);

    /// @notice Open a case on a proven use that no licence covers. Takes the bond from the caller.
    function open(Opening calldata opening) external returns (uint256 caseId);

    /// @notice Pay a case. Anybody may pay it. 30 % go to the operator, the rest to the claimant, with the bond.
    function pay(Quote calldata quote, bytes[] calldata signatures) external;

    /// @notice End a case without payment and take the bond back. Only the claimant.
    function close(uint256 caseId) external;

    /// @notice A case; stage None for an unknown one.
    function caseOf(uint256 caseId) external view returns (Case memory);

    /// @notice Open case on a work and site; 0 if there is none.
    function openCase(bytes32 workId, bytes32 siteHash) external view returns (uint256 caseId);

    /// @notice EIP-712 digest that rate signers sign.
    function quoteDigest(Quote calldata quote) external view returns (bytes32);
}

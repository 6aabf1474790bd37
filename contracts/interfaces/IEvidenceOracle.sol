// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Reports of the oracle committee
/// @notice A report is the Merkle root over items of evidence, signed by the committee. A member who signs attests, for
/// each item: this work, this address, class copy, and that its own fetch showed an image matching the bundle's.
/// Members compare pictures by the method that they declared; the committee may ask for several methods in each report,
/// so that the error of one is caught by another.
interface IEvidenceOracle {
    /// @notice What the panel said of an item.
    enum Standing {
        Clear,
        Challenged,
        Rejected
    }

    struct Report {
        /// @dev Number of the committee that signed.
        uint64 configCount;
        bytes32 root;
        uint32 size;
        /// @dev Unix seconds of the latest observation in it.
        uint64 observedAt;
        /// @dev CID of the public list of leaves.
        bytes manifestCid;
    }

    /// @notice What a leaf of the tree hides: nobody can guess it without the salt.
    struct Item {
        bytes32 workId;
        bytes32 hostHash;
        bytes32 siteHash;
        bytes32 urlHash;
        /// @dev sha256 of the bundle's plaintext manifest.
        bytes32 bundleHash;
        /// @dev keccak256 of the ciphertext's CID, as bytes.
        bytes32 cidHash;
        /// @dev Unix seconds.
        uint64 seenAt;
        bytes32 salt;
    }

    struct Receipt {
        /// @dev Consecutive number of the report, from 1; 0 for an unknown root.
        uint64 number;
        uint64 reportedAt;
        uint64 observedAt;
        uint32 size;
    }

    event Reported(
        uint64 indexed number,
        bytes32 indexed root,
        uint64 indexed configCount,
        uint32 size,
        uint64 observedAt,
        bytes manifestCid,
        address proposer
    );

    /// @notice From now on, this contract notes what the panel says.
    event ArbitrationSet(address indexed arbitration);
    event StandingSet(bytes32 indexed leaf, Standing standing);
    /// @notice From now on, the account's signatures say that pictures were compared by this method.
    event MethodDeclared(address indexed account, bytes32 indexed method);
    /// @notice From now on, the signers of a report must have used so many different methods.
    event MethodsRequired(uint8 count);

    /// @notice The report names another committee than the current one.
    error StaleConfig(uint64 given, uint64 current);
    /// @notice This root was reported already.
    error AlreadyReported(bytes32 root, uint64 number);
    /// @notice A report needs a root, items and a manifest.
    error EmptyReport();
    /// @notice The observation lies in the future.
    error ObservedInFuture(uint64 observedAt, uint64 nowAt);
    /// @notice The signers used fewer different methods of comparing pictures than the committee asks for.
    error MethodsMissing(uint256 given, uint256 needed);

    /// @notice Only the arbitration contract may do this.
    error NotArbitration(address caller);

    /// @notice Record a report. Anybody may bring it, the signatures count.
    /// @param signatures EIP-712 signatures of distinct members, in ascending order of their addresses.
    function submit(Report calldata report, bytes[] calldata signatures) external returns (uint64 number);

    /// @notice Say by which method the caller compares pictures, as a short name. Members do it before they sign.
    /// @param method Zero takes the declaration back.
    function declareMethod(bytes32 method) external;

    /// @notice Ask for so many different methods among the signers of each report. Only the governor.
    /// @param count With 0 or 1, signers need not have declared any.
    function requireMethods(uint8 count) external;

    /// @notice Method by which the account compares pictures; zero if it declared none.
    function methodOf(address account) external view returns (bytes32);

    /// @notice Different methods needed among the signers of a report.
    function requiredMethods() external view returns (uint8);

    /// @notice Note what the panel says of an item. Only the arbitration contract.
    function setStanding(bytes32 leaf, Standing standing) external;

    /// @notice Name the contract that notes what the panel says. Only the governor.
    function setArbitration(address arbitration) external;

    /// @notice What the panel said of an item.
    function standingOf(bytes32 leaf) external view returns (Standing);

    /// @notice All that a case needs to know of an item, in one call.
    /// @return leaf Leaf of the item.
    /// @return reportedAt Unix seconds; 0 if the item is not in a reported root, or dated after its report.
    /// @return standing What the panel said of it.
    function check(
        bytes32 root,
        Item calldata item,
        bytes32[] calldata proof
    ) external view returns (bytes32 leaf, uint64 reportedAt, Standing standing);

    /// @notice What is known of a root.
    function receipt(bytes32 root) external view returns (Receipt memory);

    /// @notice Leaf of an item: a double keccak256.
    function leafOf(Item calldata item) external pure returns (bytes32);

    /// @notice Whether the item belongs to a reported root, and was seen before the report.
    function proves(bytes32 root, Item calldata item, bytes32[] calldata proof) external view returns (bool);

    /// @notice EIP-712 digest that members sign.
    function reportDigest(Report calldata report) external view returns (bytes32);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Quorum} from "../common/Quorum.sol";
import {IEvidenceOracle} from "../interfaces/IEvidenceOracle.sol";

/// @title EvidenceOracle
contract EvidenceOracle is IEvidenceOracle, Quorum, EIP712 {
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(uint64 configCount,bytes32 root,uint32 size,uint64 observedAt,bytes manifestCid)"
    );

    /// @notice The only contract that may note what the panel says.
    address public arbitration;
    mapping(bytes32 root => Receipt) private _receipts;
    uint64 private _reportCount;
    /// @inheritdoc IEvidenceOracle
    uint8 public requiredMethods;
    /// @inheritdoc IEvidenceOracle
    mapping(address account => bytes32) public methodOf;
    /// @inheritdoc IEvidenceOracle
    mapping(bytes32 leaf => Standing) public standingOf;

    constructor(
        address arbitration_,
        address authority
    ) AccessManaged(authority) EIP712("CopyTrack EvidenceOracle", "1") {
        _setArbitration(arbitration_);
    }

    /// @inheritdoc IEvidenceOracle
    function setArbitration(address arbitration_) external restricted {
        _setArbitration(arbitration_);
    }

    /// @inheritdoc IEvidenceOracle
    function declareMethod(bytes32 method) external {
        methodOf[msg.sender] = method;
        emit MethodDeclared(msg.sender, method);
    }

    /// @inheritdoc IEvidenceOracle
    function requireMethods(uint8 count) external restricted {
        if (count > MAX_MEMBERS) revert BadMembers(count);
        requiredMethods = count;
        emit MethodsRequired(count);
    }

    /// @inheritdoc IEvidenceOracle
    function submit(Report calldata report, bytes[] calldata signatures) external returns (uint64 number) {
        if (report.configCount != configCount) revert StaleConfig(report.configCount, configCount);
        if (report.root == 0 || report.size == 0 || report.manifestCid.length == 0) revert EmptyReport();
        if (report.observedAt > block.timestamp) revert ObservedInFuture(report.observedAt, uint64(block.timestamp));
        number = _receipts[report.root].number;
        if (number != 0) revert AlreadyReported(report.root, number);
        _requireMethods(_requireQuorum(reportDigest(report), signatures));

        number = ++_reportCount;
        _receipts[report.root] = Receipt(number, uint64(block.timestamp), report.observedAt, report.size);
        emit Reported(
            number,
            report.root,
            report.configCount,
            report.size,
            report.observedAt,
            report.manifestCid,
            msg.sender
        );
    }

    /// @inheritdoc IEvidenceOracle
    function setStanding(bytes32 leaf, Standing standing) external {
        if (msg.sender != arbitration) revert NotArbitration(msg.sender);
        standingOf[leaf] = standing;
        emit StandingSet(leaf, standing);
    }

    /// @inheritdoc IEvidenceOracle
    function check(
        bytes32 root,
        Item calldata item,
        bytes32[] calldata proof
    ) external view returns (bytes32 leaf, uint64 reportedAt, Standing standing) {
        leaf = leafOf(item);
        return (leaf, _provenAt(root, leaf, item.seenAt, proof), standingOf[leaf]);
    }

    /// @inheritdoc IEvidenceOracle
    function receipt(bytes32 root) external view returns (Receipt memory) {
        return _receipts[root];
    }

    /// @inheritdoc IEvidenceOracle
    function proves(bytes32 root, Item calldata item, bytes32[] calldata proof) external view returns (bool) {
        return _provenAt(root, leafOf(item), item.seenAt, proof) != 0;
    }

    /// @inheritdoc IEvidenceOracle
    function leafOf(Item calldata item) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(item))));
    }

    /// @inheritdoc IEvidenceOracle
    function reportDigest(Report calldata report) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        REPORT_TYPEHASH,
                        report.configCount,
                        report.root,
                        report.size,
                        report.observedAt,
                        keccak256(report.manifestCid)
                    )
                )
            );
    }

    /// @dev Reverts unless the signers declared as many different methods as are asked for.
    function _requireMethods(address[] memory signers) private view {
        uint256 needed = requiredMethods;
        if (needed < 2) return;
        bytes32[] memory methods = new bytes32[](signers.length);
        uint256 given;
        for (uint256 i; i < signers.length && given < needed; ++i) {
            bytes32 method = methodOf[signers[i]];
            uint256 known;
            while (known < given && methods[known] != method) ++known;
            if (method != 0 && known == given) methods[given++] = method;
        }
        if (given < needed) revert MethodsMissing(given, needed);
    }

    function _setArbitration(address arbitration_) private {
        arbitration = arbitration_;
        emit ArbitrationSet(arbitration_);
    }

    /// @dev Time of the report that proves the leaf, or 0. Nothing is seen after its report: an item from the future
    /// would outlive every release and every bar.
    function _provenAt(
        bytes32 root,
        bytes32 leaf,
        uint64 seenAt,
        bytes32[] calldata proof
    ) private view returns (uint64 reportedAt) {
        reportedAt = _receipts[root].reportedAt;
        if (seenAt > reportedAt || !MerkleProof.verifyCalldata(proof, root, leaf)) return 0;
    }
}

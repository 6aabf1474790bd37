// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title Economic rights in a work: who owned them when, and who shares in what it earns
/// @dev The part of WorkRegistry that money depends on.
abstract contract Shares is IWorkRegistry {
    using Checkpoints for Checkpoints.Trace160;

    uint256 internal constant WHOLE_BPS = 10_000;
    uint256 internal constant MAX_CO_OWNERS = 7;
    uint256 internal constant MAX_PARENTS = 3;
    bytes32 private constant CO_OWNER_TYPEHASH = keccak256("CoOwner(address account,uint16 bps)");
    bytes32 private constant CO_OWNERS_TYPEHASH = keccak256(
        "CoOwners(bytes32 workId,CoOwner[] coOwners,uint256 nonce)CoOwner(address account,uint16 bps)"
    );

    mapping(bytes32 workId => Work) internal _works;
    mapping(bytes32 workId => mapping(uint256 index => CoOwner)) private _coOwners;
    mapping(bytes32 workId => Parent) private _parents;
    /// @dev Owners by the second from which they own; empty until the first sale, so that minting writes nothing.
    mapping(bytes32 workId => Checkpoints.Trace160) private _owners;
    /// @inheritdoc IWorkRegistry
    mapping(bytes32 workId => uint256) public coOwnersNonce;

    /// @inheritdoc IWorkRegistry
    function setCoOwners(bytes32 workId, CoOwner[] calldata coOwners, bytes[] calldata consents) external {
        _requireOwner(workId);
        Work storage found = _works[workId];
        uint256 present = found.coOwners;
        if (consents.length != present) revert ConsentsMissing(consents.length, present);
        if (present != 0) {
            bytes32 digest = _coOwnersDigest(workId, coOwners);
            for (uint256 i; i < present; ++i) _requireSigned(_coOwners[workId][i].account, digest, consents[i]);
        }
        uint256 total = _parents[workId].bps;
        if (coOwners.length > MAX_CO_OWNERS) revert BadShares(coOwners.length, total);
        for (uint256 i; i < coOwners.length; ++i) {
            if (coOwners[i].account == address(0) || coOwners[i].bps == 0) revert BadShares(coOwners.length, 0);
            total += coOwners[i].bps;
            _coOwners[workId][i] = coOwners[i];
        }
        if (total > WHOLE_BPS) revert BadShares(coOwners.length, total);
        ++coOwnersNonce[workId];
        (found.coOwners, found.changes) = (uint8(coOwners.length), found.changes + 1);
        emit CoOwnersSet(workId, coOwners);
    }

    /// @inheritdoc IWorkRegistry
    function linkDerivative(bytes32 workId, bytes32 parentId, uint16 bps) external {
        _requireOwner(workId);
        Work storage child = _works[workId];
        if (child.derivative) revert AlreadyLinked(workId, _parents[workId].workId);
        if (work(parentId).registeredAt > child.registeredAt) revert BadParent(workId, parentId);
        // The new link is the first of the line.
        bytes32 above = parentId;
        for (uint256 links = 1; above != 0; ++links) {
            if (above == workId || links > MAX_PARENTS) revert BadParent(workId, parentId);
            above = _parents[above].workId;
        }
        uint256 total = bps;
        for (uint256 i; i < child.coOwners; ++i) total += _coOwners[workId][i].bps;
        if (bps == 0 || total > WHOLE_BPS) revert BadShares(child.coOwners, total);
        (child.derivative, child.changes) = (true, child.changes + 1);
        _parents[workId] = Parent(parentId, bps);
        emit DerivativeLinked(workId, parentId, bps);
    }

    /// @inheritdoc IWorkRegistry
    function unlinkDerivative(bytes32 workId) external {
        bytes32 parentId = _parents[workId].workId;
        if (parentId == 0) revert NotLinked(workId);
        bool isFalse = _works[parentId].standing == Standing.Rejected;
        if (!isFalse || _certificateOwner(workId) != msg.sender) _requireOwner(parentId);
        Work storage child = _works[workId];
        (child.derivative, child.changes) = (false, child.changes + 1);
        delete _parents[workId];
        emit DerivativeUnlinked(workId, parentId);
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IWorkRegistry
    function work(bytes32 workId) public view returns (Work memory found) {
        found = _works[workId];
        if (found.registeredAt == 0) revert UnknownWork(workId);
    }

    /// @inheritdoc IWorkRegistry
    function ownerAt(bytes32 workId, uint64 time) public view returns (address) {
        work(workId);
        Checkpoints.Trace160 storage sales = _owners[workId];
        if (sales.length() == 0) return _certificateOwner(workId);
        return address(sales.upperLookupRecent(time));
    }

    /// @inheritdoc IWorkRegistry
    function coOwnersOf(bytes32 workId) external view returns (CoOwner[] memory found) {
        found = new CoOwner[](_works[workId].coOwners);
        for (uint256 i; i < found.length; ++i) found[i] = _coOwners[workId][i];
    }

    /// @inheritdoc IWorkRegistry
    function parentOf(bytes32 workId) external view returns (Parent memory) {
        return _parents[workId];
    }

    /// @inheritdoc IWorkRegistry
    function splitOf(bytes32 workId, uint256 amount) external view returns (Split memory split) {
        Work memory found = work(workId);
        (split.coOwners, split.parts) = (new address[](found.coOwners), new uint256[](found.coOwners));
        split.ownerPart = amount;
        for (uint256 i; i < found.coOwners; ++i) {
            CoOwner memory coOwner = _coOwners[workId][i];
            split.coOwners[i] = coOwner.account;
            split.parts[i] = (amount * coOwner.bps) / WHOLE_BPS;
            split.ownerPart -= split.parts[i];
        }
        if (!found.derivative) return split;
        Parent memory parent = _parents[workId];
        if (_works[parent.workId].standing == Standing.Rejected) return split;
        split.parentId = parent.workId;
        split.parentPart = (amount * parent.bps) / WHOLE_BPS;
        split.ownerPart -= split.parentPart;
    }

    function _noteSale(bytes32 workId, address from, address to) internal {
        Checkpoints.Trace160 storage sales = _owners[workId];
        if (sales.length() == 0) sales.push(0, uint160(from));
        sales.push(uint96(block.timestamp), uint160(to));
    }

    function _noteChange(bytes32 workId) internal {
        ++_works[workId].changes;
    }

    function _wasSold(bytes32 workId) internal view returns (bool) {
        return _owners[workId].length() != 0;
    }

    function _requireOwner(bytes32 workId) internal view {
        if (_certificateOwner(workId) != msg.sender) revert NotOwner(workId, msg.sender);
    }

    function _certificateOwner(bytes32 workId) internal view virtual returns (address);

    function _requireSigned(address account, bytes32 digest, bytes calldata signature) internal view virtual;

    function _typedDigest(bytes32 structHash) internal view virtual returns (bytes32);

    function _coOwnersDigest(bytes32 workId, CoOwner[] calldata coOwners) private view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](coOwners.length);
        for (uint256 i; i < hashes.length; ++i)
            hashes[i] = keccak256(abi.encode(CO_OWNER_TYPEHASH, coOwners[i].account, coOwners[i].bps));
        bytes32 list = keccak256(abi.encodePacked(hashes));
        return _typedDigest(keccak256(abi.encode(CO_OWNERS_TYPEHASH, workId, list, coOwnersNonce[workId])));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IQuorum} from "../interfaces/IQuorum.sol";

/// @dev The one way in which k of n signatures are checked: oracle committee, rate signers, panel.
abstract contract Quorum is IQuorum, AccessManaged {
    uint256 internal constant MAX_MEMBERS = 31;

    /// @inheritdoc IQuorum
    uint64 public configCount;
    /// @inheritdoc IQuorum
    uint8 public threshold;
    /// @inheritdoc IQuorum
    uint8 public memberCount;
    /// @dev Number of the set that the address was last put into; a member only while that set is the current one.
    mapping(address => uint64) private _memberOf;

    /// @inheritdoc IQuorum
    function setMembers(address[] calldata members, uint8 newThreshold) external restricted {
        uint256 n = members.length;
        if (n == 0 || n > MAX_MEMBERS) revert BadMembers(n);
        _requireMajority(newThreshold, n);
        uint64 number = configCount + 1;
        configCount = number;
        threshold = newThreshold;
        memberCount = uint8(n);
        address previous;
        for (uint256 i; i < n; ++i) {
            if (members[i] <= previous) revert SignersNotAscending(previous, members[i]);
            previous = members[i];
            _memberOf[previous] = number;
        }
        emit MembersSet(number, members, newThreshold);
    }

    /// @inheritdoc IQuorum
    function removeMember(address member, bytes calldata proofCid) external restricted {
        if (!isMember(member)) revert NotMember(member);
        if (proofCid.length == 0) revert ProofMissing(member);
        _requireMajority(threshold, memberCount - 1);
        delete _memberOf[member];
        --memberCount;
        emit MemberRemoved(configCount, member, proofCid);
    }

    /// @inheritdoc IQuorum
    function isMember(address account) public view returns (bool) {
        uint64 number = _memberOf[account];
        return number != 0 && number == configCount;
    }

    /// @dev Reverts unless `threshold` distinct members signed the digest.
    function _requireQuorum(
        bytes32 digest,
        bytes[] calldata signatures
    ) internal view returns (address[] memory signers) {
        uint256 n = signatures.length;
        uint256 needed = threshold;
        if (needed == 0 || n < needed) revert QuorumMissing(n, needed);
        signers = new address[](n);
        address previous;
        for (uint256 i; i < n; ++i) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            if (signer <= previous) revert SignersNotAscending(previous, signer);
            if (!isMember(signer)) revert NotMember(signer);
            signers[i] = previous = signer;
        }
    }

    function _requireMajority(uint256 needed, uint256 members) private pure {
        if (needed > members || needed * 2 <= members) revert BadThreshold(needed, members);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A set of signers of whom a majority must agree
/// @notice The set is replaced as a whole; each replacement gets the next number, and members of earlier sets cannot
/// sign any more.
interface IQuorum {
    event MembersSet(uint64 indexed configCount, address[] members, uint8 threshold);
    event MemberRemoved(uint64 indexed configCount, address indexed member, bytes proofCid);

    /// @notice Fewer signatures were given than the threshold asks for.
    error QuorumMissing(uint256 given, uint256 needed);
    /// @notice Signers must be distinct and in ascending order of their addresses.
    error SignersNotAscending(address previous, address next);
    /// @notice The signer is not in the current set (or signed other data than this).
    error NotMember(address signer);
    /// @notice A set has 1 to 31 members, in ascending order, none of them zero.
    error BadMembers(uint256 count);
    /// @notice The threshold must be more than half of the members and at most all of them.
    error BadThreshold(uint256 threshold, uint256 members);

    /// @notice A member is removed only with the CID of published proof of what it did.
    error ProofMissing(address member);

    /// @notice Replace the signers. Only the governor.
    /// @param members 1 to 31 addresses in ascending order.
    /// @param threshold Signatures needed: more than half of the members.
    function setMembers(address[] calldata members, uint8 threshold) external;

    /// @notice Remove a member that signed what was not so. Only the governor; the threshold stays and must still be
    /// more than half of those left and at most all of them.
    /// @param proofCid CID of the published proof.
    function removeMember(address member, bytes calldata proofCid) external;

    /// @notice Number of the current set, starting at 1; 0 before the first one.
    function configCount() external view returns (uint64);

    /// @notice Signatures needed from the current set.
    function threshold() external view returns (uint8);

    /// @notice Members of the current set.
    function memberCount() external view returns (uint8);

    /// @notice Whether the address belongs to the current set.
    function isMember(address account) external view returns (bool);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev What somebody signed for a contract and nobody has brought yet can be taken back: each such statement names the
/// signer's epoch, and the signer may begin the next one.
abstract contract Cancellation {
    /// @notice Number that a signature of this account must name.
    mapping(address signer => uint256) public epochOf;

    /// @notice What this account signed before counts no more.
    event SignaturesCancelled(address indexed signer, uint256 epoch);

    /// @notice Let nothing count any more that the caller signed for this contract until now.
    /// @return epoch Number that the next signatures must name.
    function cancelSignatures() external returns (uint256 epoch) {
        epoch = ++epochOf[msg.sender];
        emit SignaturesCancelled(msg.sender, epoch);
    }
}

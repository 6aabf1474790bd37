// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What a work earns through works that derive from it
/// @notice Whoever pays for a derivative pays the parent's part to the parent work, in one entry. It is distributed among
/// those who share in the parent when somebody asks for it.
interface IIncome {
    /// @notice CPY wei that wait for those who share in a work.
    struct Waiting {
        /// @dev For all of them, and for the work's own parent.
        uint256 undistributed;
        /// @dev For whoever owns the certificate.
        uint256 owners;
    }

    /// @notice The work earned a part of what was paid for a derivative.
    event IncomeReceived(bytes32 indexed workId, bytes32 indexed derivativeId, uint256 amount);
    /// @notice What waited for the work was distributed.
    /// @param ownerWaiting CPY wei that still wait for the certificate's owner.
    event IncomeDistributed(bytes32 indexed workId, address indexed caller, uint256 amount, uint256 ownerWaiting);

    /// @notice Nothing waits for this work that the caller could distribute or fetch.
    error NoIncome(bytes32 workId);

    /// @notice Distribute what waits for a work: each co-owner's part is owed to them, the parent's part waits for the
    /// parent. Anybody may ask. The owner's part is owed to the owner only when they ask themselves; until then it waits,
    /// so that nothing is lost while a contract that cannot ask holds the certificate. Never paused.
    /// @dev Warning: what waits goes with the certificate, and is distributed by the shares of that day. Distribute before
    /// you sell a certificate or agree to other shares.
    function distribute(bytes32 workId) external;

    /// @notice What waits for a work.
    function waitingFor(bytes32 workId) external view returns (Waiting memory);
}

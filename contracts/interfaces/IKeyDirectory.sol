// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Published encryption keys and service addresses
/// @notice Committee members publish where they can be reached and the key to which thumbnails and bundle keys are
/// wrapped; holders and custodians publish a key to receive evidence.
interface IKeyDirectory {
    event KeyPublished(address indexed account, bytes32 key, string endpoint);

    /// @notice A key is 32 bytes, not zero.
    error EmptyKey();

    /// @notice Publish or replace the caller's entry.
    /// @param key X25519 public key.
    /// @param endpoint HTTPS address of the account's service; empty for one who only receives.
    function publish(bytes32 key, string calldata endpoint) external;

    /// @notice X25519 public key of the account; 0 if none was published.
    function keyOf(address account) external view returns (bytes32);

    /// @notice Service address of the account.
    function endpointOf(address account) external view returns (string memory);
}

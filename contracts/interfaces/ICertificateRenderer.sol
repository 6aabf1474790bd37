// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IWorkRegistry} from "./IWorkRegistry.sol";

/// @title How a certificate looks in a wallet
interface ICertificateRenderer {
    /// @notice Metadata of a certificate: a data URI of JSON with the picture, an SVG, inside.
    /// @param owner Present owner of the certificate.
    function tokenURI(
        bytes32 workId,
        IWorkRegistry.Work calldata work,
        address owner
    ) external pure returns (string memory);
}

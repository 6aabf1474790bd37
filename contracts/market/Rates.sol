// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Quorum} from "../common/Quorum.sol";
import {IRates} from "../interfaces/IRates.sol";

/// @title Rates
/// @dev Its quorum is the set of rate signers.
contract Rates is IRates, Quorum, EIP712 {
    /// @notice Longest time for which a quote may be valid, in seconds.
    uint64 public constant MAX_QUOTE_SECONDS = 15 minutes;

    bytes32 private constant QUOTE_TYPEHASH = keccak256(
        "Quote(address consumer,bytes32 subject,uint256 rate,uint256 amount,uint64 issuedAt,uint64 validUntil)"
    );

    constructor(address authority) AccessManaged(authority) EIP712("CopyTrack Rates", "1") {}

    /// @inheritdoc IRates
    function requireQuote(
        Quote calldata quote,
        bytes32 subject,
        uint256 price,
        bytes[] calldata signatures
    ) external view {
        uint64 nowAt = uint64(block.timestamp);
        if (quote.validUntil < nowAt) revert StaleQuote(quote.validUntil, nowAt);
        if (quote.issuedAt > nowAt) revert QuoteFromFuture(quote.issuedAt, nowAt);
        if (quote.validUntil - quote.issuedAt > MAX_QUOTE_SECONDS)
            revert QuoteTooLong(quote.validUntil, quote.issuedAt + MAX_QUOTE_SECONDS);
        if (quote.consumer != msg.sender || quote.subject != subject)
            revert WrongSubject(quote.consumer, quote.subject);
        uint256 expected = price * quote.rate;
        if (quote.amount == 0 || quote.amount != expected) revert WrongAmount(quote.amount, expected);
        _requireQuorum(quoteDigest(quote), signatures);
    }

    /// @inheritdoc IRates
    function quoteDigest(Quote calldata quote) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        QUOTE_TYPEHASH,
                        quote.consumer,
                        quote.subject,
                        quote.rate,
                        quote.amount,
                        quote.issuedAt,
                        quote.validUntil
                    )
                )
            );
    }
}

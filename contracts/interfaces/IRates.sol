// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What a price in a currency costs in CPY now
/// @notice Rate signers quote for one purchase or one case at a time; a quote lives for minutes.
interface IRates {
    struct Quote {
        /// @dev Contract that takes the payment.
        address consumer;
        /// @dev What is paid: number of the case, or id of the offer.
        bytes32 subject;
        /// @dev CPY wei for one minor unit of the currency.
        uint256 rate;
        /// @dev CPY wei to be paid: price × rate.
        uint256 amount;
        /// @dev Unix seconds of the quote.
        uint64 issuedAt;
        /// @dev Unix seconds; at most 15 minutes after `issuedAt`.
        uint64 validUntil;
    }

    /// @notice The quote has expired: ask for a new one.
    error StaleQuote(uint64 validUntil, uint64 nowAt);
    /// @notice The quote was made later than now: the clock of the rate signers is ahead.
    error QuoteFromFuture(uint64 issuedAt, uint64 nowAt);
    /// @notice A quote may be valid for 15 minutes at most.
    error QuoteTooLong(uint64 validUntil, uint64 latest);
    /// @notice The quote is for something else.
    error WrongSubject(address consumer, bytes32 subject);
    /// @notice The amount is not price × rate.
    error WrongAmount(uint256 amount, uint256 expected);

    /// @notice Reverts unless the quote is for the caller, this subject and this price, still valid, and signed by
    /// enough rate signers, in ascending order of their addresses.
    /// @param price Minor units of the currency.
    function requireQuote(
        Quote calldata quote,
        bytes32 subject,
        uint256 price,
        bytes[] calldata signatures
    ) external view;

    /// @notice EIP-712 digest that rate signers sign.
    function quoteDigest(Quote calldata quote) external view returns (bytes32);
}

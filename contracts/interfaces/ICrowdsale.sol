// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {CPYToken} from "../token/CPYToken.sol";

/// @title Public sale of CPY for Ether, and the first distribution of the whole supply
/// @notice Life: the sale is deployed with all its terms, receives the tokens by plain transfers, sells from `opensAt`, and
/// is finalized by anybody once it is closed or sold out. If it succeeded, allocations are paid and what is unsold is burned
/// at once, then buyers and presale investors claim and the treasury collects. If it missed its soft cap, all tokens are
/// burned and buyers take their Ether back. Nobody can change a term. A pause stops purchases and nothing else.
interface ICrowdsale {
    enum Stage {
        Selling,
        Succeeded,
        Failed
    }

    /// @notice Tokens that are not for sale, paid when the sale has succeeded.
    struct Allocation {
        address receiver;
        /// @dev CPY wei.
        uint128 amount;
    }

    struct Terms {
        CPYToken token;
        /// @dev Receives the Ether of a sale that succeeded. Must accept Ether.
        address treasury;
        /// @dev Unix seconds of the first moment of the sale.
        uint64 opensAt;
        /// @dev Unix seconds of the first moment after it.
        uint64 closesAt;
        /// @dev CPY for one ETH, which is also CPY wei for one wei.
        uint128 rate;
        /// @dev CPY wei for the public, presale included.
        uint128 hardCap;
        /// @dev Least wei that a buyer holds in the sale after a purchase.
        uint128 minContribution;
        /// @dev Most wei of one buyer over all purchases.
        uint128 maxContribution;
        /// @dev Wei that purchases must raise, or the sale fails; 0 for none.
        uint128 softCap;
        /// @dev CPY wei sold before; counts against the hard cap.
        uint128 presaleTotal;
        /// @dev Root of the presale tree, as `claimPresale` says; 0 exactly if the total is 0.
        bytes32 presaleRoot;
        Allocation[] allocations;
    }

    event SaleCreated(Terms terms);
    /// @param paid Wei kept.
    /// @param tokens CPY wei bought for it.
    /// @param refunded Wei sent back at once, because a maximum or the cap was reached.
    event Purchased(address indexed buyer, uint256 paid, uint256 tokens, uint256 refunded);
    /// @param raised Wei of all purchases.
    /// @param sold CPY wei of all purchases, without the presale; nothing of it is paid if the sale failed.
    /// @param burned CPY wei burned.
    event Finalized(Stage stage, uint256 raised, uint256 sold, uint256 burned);
    event Claimed(address indexed account, uint256 tokens);
    event PresaleClaimed(address indexed account, uint256 tokens);
    event Refunded(address indexed account, uint256 amount);
    event Collected(address indexed treasury, uint256 amount);

    /// @notice This is no contract, so it is no token.
    error NotToken(address token);
    /// @notice This address cannot receive.
    error BadReceiver(address receiver);
    /// @notice The treasury does not accept Ether.
    error TreasuryRefusesEther(address treasury);
    /// @notice A sale opens in the future, closes later, and within a year from now.
    error BadTimes(uint64 opensAt, uint64 closesAt);
    /// @notice The presale leaves less for sale than one wei buys at this rate, or the rate is 0.
    error BadCap(uint256 hardCap, uint256 presaleTotal, uint256 rate);
    /// @notice The least contribution is more than 0 and not above the most.
    error BadLimits(uint256 minContribution, uint256 maxContribution);
    /// @notice The soft cap cannot be reached with what is for sale.
    error BadSoftCap(uint256 softCap, uint256 capacity);
    /// @notice A presale has both a root and a total, or neither.
    error BadPresale(bytes32 root, uint256 total);
    /// @notice More allocations than one transaction should pay.
    error TooManyAllocations(uint256 given, uint256 most);
    /// @notice An allocation has an amount.
    error EmptyAllocation(address receiver);
    /// @notice The sale has not opened or is closed.
    error SaleNotOpen(uint64 opensAt, uint64 closesAt);
    /// @notice The sale holds fewer CPY wei than it has to distribute.
    error NotFunded(uint256 held, uint256 needed);
    /// @notice No Ether was sent.
    error NoEther(address buyer);
    /// @notice Everything is sold.
    error SoldOut(uint256 capacity);
    /// @notice The buyer has bought as much as one buyer may, in wei.
    error MaximumReached(address buyer, uint256 maxContribution);
    /// @notice The buyer would hold less than the least contribution, in wei.
    error BelowMinimum(uint256 contribution, uint256 minContribution);
    /// @notice The sale goes on until this time or until it is sold out.
    error StillOpen(uint64 closesAt);
    /// @notice The sale is not at the stage that this needs.
    error WrongSaleStage(Stage stage, Stage needed);
    /// @notice The account bought nothing, or has claimed it already.
    error NothingToClaim(address account);
    /// @notice The account paid nothing, or has its Ether back already.
    error NothingToRefund(address account);
    /// @notice The treasury has collected everything.
    error NothingToCollect(address treasury);
    /// @notice The presale tree does not have this allocation.
    error NotInPresale(address account, uint256 amount);
    /// @notice This presale allocation was claimed already.
    error PresaleAlreadyClaimed(address account, uint256 amount);
    /// @notice The presale tree promises more than the presale's total.
    error PresaleExceeded(uint256 amount, uint256 left);

    /// @notice Buy CPY for the caller with the Ether sent. Sending Ether to the sale without data does the same.
    /// @dev What is above the buyer's maximum or the cap goes back to the caller in the same transaction. A contract that
    /// refuses this refund only fails its own purchase. The first purchase also checks that the sale is funded.
    /// Reverts: EnforcedPause, SaleNotOpen, NotFunded, NoEther, SoldOut, MaximumReached, BelowMinimum.
    function buy() external payable;

    /// @notice End a sale that is closed or sold out. Anybody may call it.
    /// @dev On success pays the allocations, keeps what buyers and presale investors will claim, burns all the rest. On
    /// failure burns everything. Reverts: WrongSaleStage, StillOpen, NotFunded.
    function finalize() external;

    /// @notice Send an account what it bought. After success; anybody may call it; once.
    /// @return tokens CPY wei sent. Reverts: WrongSaleStage, NothingToClaim.
    function claim(address account) external returns (uint256 tokens);

    /// @notice Send an account a presale allocation. After success; anybody may call it; each leaf once.
    /// @dev A leaf is keccak256(keccak256(abi.encode(account, amount))); pairs are sorted. An account has one leaf per
    /// amount, so equal allocations of one account must be added up in the tree.
    /// Reverts: WrongSaleStage, PresaleAlreadyClaimed, NotInPresale, PresaleExceeded.
    /// @param amount CPY wei.
    function claimPresale(address account, uint256 amount, bytes32[] calldata proof) external;

    /// @notice Send an account the Ether that it paid. After failure; anybody may call it; once.
    /// @dev A contract that cannot receive Ether should not buy: only its own refund fails.
    /// @return amount Wei sent. Reverts: WrongSaleStage, NothingToRefund.
    function refund(address account) external returns (uint256 amount);

    /// @notice Send all Ether to the treasury. After success; anybody may call it.
    /// @return amount Wei sent. Reverts: WrongSaleStage, NothingToCollect.
    function collect() external returns (uint256 amount);

    /// @notice Where the sale is in its life. Selling until it is finalized.
    function stage() external view returns (Stage);

    /// @notice Wei kept of all purchases, never lowered.
    function raised() external view returns (uint128);

    /// @notice Wei that the account has in the sale: paid, and neither claimed nor refunded.
    function contributionOf(address account) external view returns (uint256);

    /// @notice Whether this presale allocation was claimed.
    function presaleClaimed(address account, uint256 amount) external view returns (bool);

    /// @notice CPY wei of the presale claimed so far.
    function presalePaid() external view returns (uint256);

    /// @notice Who receives tokens that are not for sale.
    function allocations() external view returns (Allocation[] memory);

    /// @notice CPY wei that the sale must hold before it sells: hard cap and allocations.
    function tokensNeeded() external view returns (uint256);

    /// @notice Whether it holds them.
    function funded() external view returns (bool);
}

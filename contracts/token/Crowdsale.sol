// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Pausing} from "../common/Pausing.sol";
import {ICrowdsale} from "../interfaces/ICrowdsale.sol";
import {CPYToken} from "./CPYToken.sol";

/// @title Crowdsale
contract Crowdsale is ICrowdsale, Pausing {
    using SafeERC20 for CPYToken;

    /// @notice Most allocations, so that `finalize` always fits into a block.
    uint256 public constant MAX_ALLOCATIONS = 16;
    /// @notice Longest time from deployment to the end: a date in milliseconds would lock everything for ever.
    uint64 public constant MAX_SECONDS = 365 days;

    /// @notice What is sold.
    CPYToken public immutable token;
    /// @notice Receives the Ether of a sale that succeeded.
    address public immutable treasury;
    /// @notice Unix seconds of the first moment of the sale.
    uint64 public immutable opensAt;
    /// @notice Unix seconds of the first moment after it.
    uint64 public immutable closesAt;
    /// @notice CPY for one ETH.
    uint256 public immutable rate;
    /// @notice CPY wei for the public, presale included.
    uint256 public immutable hardCap;
    /// @notice Wei for which everything is sold. The cap's remainder, less than one wei buys, is burned as unsold.
    uint256 public immutable capacity;
    /// @notice Least wei that a buyer holds in the sale after a purchase.
    uint256 public immutable minContribution;
    /// @notice Most wei of one buyer.
    uint256 public immutable maxContribution;
    /// @notice Wei below which the sale fails.
    uint256 public immutable softCap;
    /// @notice CPY wei of the presale.
    uint256 public immutable presaleTotal;
    /// @notice Root of the presale tree.
    bytes32 public immutable presaleRoot;
    /// @inheritdoc ICrowdsale
    uint256 public immutable tokensNeeded;

    // Read and written together by each purchase, so in one slot.
    /// @inheritdoc ICrowdsale
    uint128 public raised;
    /// @inheritdoc ICrowdsale
    Stage public stage;
    /// @dev Whether the tokens were seen. They cannot leave before the end, so once is enough.
    bool private _seenFunded;

    /// @inheritdoc ICrowdsale
    mapping(address account => uint256) public contributionOf;
    /// @inheritdoc ICrowdsale
    uint256 public presalePaid;
    mapping(bytes32 leaf => bool) private _presaleClaimed;
    Allocation[] private _allocations;

    constructor(Terms memory terms, address authority) AccessManaged(authority) {
        _requireTimes(terms);
        _requireAmounts(terms);
        _requireReceivers(terms);
        token = terms.token;
        treasury = terms.treasury;
        opensAt = terms.opensAt;
        closesAt = terms.closesAt;
        rate = terms.rate;
        hardCap = terms.hardCap;
        capacity = (terms.hardCap - terms.presaleTotal) / terms.rate;
        minContribution = terms.minContribution;
        maxContribution = terms.maxContribution;
        softCap = terms.softCap;
        presaleTotal = terms.presaleTotal;
        presaleRoot = terms.presaleRoot;
        uint256 needed = terms.hardCap;
        for (uint256 i; i < terms.allocations.length; ++i) {
            needed += terms.allocations[i].amount;
            _allocations.push(terms.allocations[i]);
        }
        tokensNeeded = needed;
        emit SaleCreated(terms);
    }

    // -------------------------------------------------------------------------------------------------------- purchases

    receive() external payable {
        buy();
    }

    /// @inheritdoc ICrowdsale
    function buy() public payable whenNotPaused {
        if (block.timestamp < opensAt || block.timestamp >= closesAt) revert SaleNotOpen(opensAt, closesAt);
        if (msg.value == 0) revert NoEther(msg.sender);
        if (!_seenFunded) _requireFunded(token.balanceOf(address(this)));
        uint256 room = capacity - raised;
        if (room == 0) revert SoldOut(capacity);
        uint256 before = contributionOf[msg.sender];
        if (before >= maxContribution) revert MaximumReached(msg.sender, maxContribution);
        uint256 paid = Math.min(msg.value, Math.min(room, maxContribution - before));
        // The cap's rest may be less than the least contribution; who takes all of it may buy.
        if (before + paid < minContribution && paid < room) revert BelowMinimum(before + paid, minContribution);

        uint256 excess = msg.value - paid;
        contributionOf[msg.sender] = before + paid;
        raised += uint128(paid); // fits: the cap does
        _seenFunded = true;
        emit Purchased(msg.sender, paid, paid * rate, excess);
        if (excess != 0) Address.sendValue(payable(msg.sender), excess);
    }

    // -------------------------------------------------------------------------------------------------------------- end

    /// @inheritdoc ICrowdsale
    function finalize() external {
        _requireStage(Stage.Selling);
        if (block.timestamp < closesAt && raised < capacity) revert StillOpen(closesAt);
        bool succeeded = raised >= softCap;
        uint256 sold = raised * rate;
        // What was sent beyond the need is burned too: nothing else could ever move it.
        uint256 burned = token.balanceOf(address(this));
        if (succeeded) {
            _requireFunded(burned);
            burned -= tokensNeeded - hardCap + presaleTotal + sold;
        }

        stage = succeeded ? Stage.Succeeded : Stage.Failed;
        emit Finalized(stage, raised, sold, burned);
        token.burn(burned);
        if (!succeeded) return;
        for (uint256 i; i < _allocations.length; ++i) {
            token.safeTransfer(_allocations[i].receiver, _allocations[i].amount);
        }
    }

    /// @inheritdoc ICrowdsale
    function claim(address account) external returns (uint256 tokens) {
        _requireStage(Stage.Succeeded);
        tokens = contributionOf[account] * rate;
        if (tokens == 0) revert NothingToClaim(account);
        contributionOf[account] = 0;
        emit Claimed(account, tokens);
        token.safeTransfer(account, tokens);
    }

    /// @inheritdoc ICrowdsale
    function claimPresale(address account, uint256 amount, bytes32[] calldata proof) external {
        _requireStage(Stage.Succeeded);
        bytes32 leaf = _presaleLeaf(account, amount);
        if (_presaleClaimed[leaf]) revert PresaleAlreadyClaimed(account, amount);
        if (!MerkleProof.verifyCalldata(proof, presaleRoot, leaf)) revert NotInPresale(account, amount);
        uint256 left = presaleTotal - presalePaid;
        if (amount > left) revert PresaleExceeded(amount, left);
        _presaleClaimed[leaf] = true;
        presalePaid += amount;
        emit PresaleClaimed(account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc ICrowdsale
    function refund(address account) external returns (uint256 amount) {
        _requireStage(Stage.Failed);
        amount = contributionOf[account];
        if (amount == 0) revert NothingToRefund(account);
        contributionOf[account] = 0;
        emit Refunded(account, amount);
        Address.sendValue(payable(account), amount);
    }

    /// @inheritdoc ICrowdsale
    function collect() external returns (uint256 amount) {
        _requireStage(Stage.Succeeded);
        // Nobody else is owed Ether now, so Ether that was forced in goes out too.
        amount = address(this).balance;
        if (amount == 0) revert NothingToCollect(treasury);
        emit Collected(treasury, amount);
        Address.sendValue(payable(treasury), amount);
    }

    // ------------------------------------------------------------------------------------------------------------ views

    /// @inheritdoc ICrowdsale
    function presaleClaimed(address account, uint256 amount) external view returns (bool) {
        return _presaleClaimed[_presaleLeaf(account, amount)];
    }

    /// @inheritdoc ICrowdsale
    function allocations() external view returns (Allocation[] memory) {
        return _allocations;
    }

    /// @inheritdoc ICrowdsale
    function funded() external view returns (bool) {
        return token.balanceOf(address(this)) >= tokensNeeded;
    }

    function _requireFunded(uint256 held) private view {
        if (held < tokensNeeded) revert NotFunded(held, tokensNeeded);
    }

    function _requireStage(Stage needed) private view {
        if (stage != needed) revert WrongSaleStage(stage, needed);
    }

    function _presaleLeaf(address account, uint256 amount) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(account, amount))));
    }

    // ------------------------------------------------------------------------------------------------ checks of the terms

    function _requireTimes(Terms memory terms) private view {
        if (
            terms.opensAt < block.timestamp ||
            terms.closesAt <= terms.opensAt ||
            terms.closesAt > block.timestamp + MAX_SECONDS
        ) revert BadTimes(terms.opensAt, terms.closesAt);
    }

    function _requireAmounts(Terms memory terms) private pure {
        (uint256 cap, uint256 presale) = (terms.hardCap, terms.presaleTotal);
        if (terms.rate == 0 || cap < presale || cap - presale < terms.rate) revert BadCap(cap, presale, terms.rate);
        uint256 most = (cap - presale) / terms.rate;
        if (terms.softCap > most) revert BadSoftCap(terms.softCap, most);
        if (terms.minContribution == 0 || terms.minContribution > terms.maxContribution)
            revert BadLimits(terms.minContribution, terms.maxContribution);
        if ((presale == 0) != (terms.presaleRoot == 0)) revert BadPresale(terms.presaleRoot, presale);
    }

    function _requireReceivers(Terms memory terms) private {
        if (address(terms.token).code.length == 0) revert NotToken(address(terms.token));
        _requireReceiver(terms, terms.treasury);
        if (!LowLevelCall.callNoReturn(terms.treasury, "")) revert TreasuryRefusesEther(terms.treasury);
        uint256 n = terms.allocations.length;
        if (n > MAX_ALLOCATIONS) revert TooManyAllocations(n, MAX_ALLOCATIONS);
        for (uint256 i; i < n; ++i) {
            _requireReceiver(terms, terms.allocations[i].receiver);
            if (terms.allocations[i].amount == 0) revert EmptyAllocation(terms.allocations[i].receiver);
        }
    }

    /// @dev What the sale or the token itself received could not be moved again.
    function _requireReceiver(Terms memory terms, address receiver) private view {
        if (receiver == address(0) || receiver == address(this) || receiver == address(terms.token))
            revert BadReceiver(receiver);
    }
}

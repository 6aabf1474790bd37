// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {Cover} from "./Cover.sol";
import {Presets} from "./Presets.sol";

/// @title Rights that come from a licence, and sales made elsewhere
/// @dev The part of LicenseLedger that moves no money.
abstract contract SubLicences is Cover {
    uint8 private constant MAX_DEPTH = 3;

    mapping(bytes32 licenceId => Licence) internal _licences;
    mapping(address owner => mapping(address agency => bool)) internal _agencies;
    mapping(bytes32 scope => ExternalSale[]) private _externalSales;

    /// @inheritdoc ILicenseLedger
    function sublicenseFurther(SubLicence calldata parent, SubGrant calldata grant) external returns (bytes32) {
        bytes32 parentId = keccak256(abi.encode(parent));
        if (msg.sender != parent.licensee) revert NotLicensee(parentId, msg.sender);
        return _sublicense(parentId, parent.workId, parent.uses, parent.territories, grant);
    }

    /// @inheritdoc ILicenseLedger
    function endSublicence(SubLicence[] calldata line) external {
        SubLicence calldata subLicence = line[0];
        bytes32 licenceId = keccak256(abi.encode(subLicence));
        Licence memory found = _licences[licenceId];
        if (found.until == 0) revert NotRunning(licenceId);
        if (found.subLicences != 0) revert SubLicencesRun(licenceId, found.subLicences);
        uint256 until = found.until;
        if (until >= block.timestamp) {
            _requireGrantor(licenceId, line);
            if (until > block.timestamp + Presets.NOTICE) until = block.timestamp + Presets.NOTICE;
            if (subLicence.uses & Presets.ONLINE != 0) _uncover(subLicence.workId, subLicence.endUser, until);
        }
        delete _licences[licenceId];
        --_licences[subLicence.parentId].subLicences;
        emit SubLicenceEnded(licenceId, uint40(until));
    }

    /// @inheritdoc ILicenseLedger
    function externalSalesOf(bytes32 workId, bytes32 endUser) external view returns (ExternalSale[] memory) {
        return _externalSales[_scope(workId, endUser)];
    }

    function _sublicense(
        bytes32 parentId,
        bytes32 workId,
        uint32 uses,
        uint256 territories,
        SubGrant calldata grant
    ) internal returns (bytes32 licenceId) {
        Licence memory parent = _requireRunning(parentId);
        bool inside = grant.uses != 0 && grant.uses & ~uses == 0;
        inside = inside && grant.territories != 0 && grant.territories & ~territories == 0;
        inside = inside && grant.until >= block.timestamp && grant.until <= parent.until && parent.depth < MAX_DEPTH;
        if (!inside) revert OutsideParent(parentId);
        if (grant.licensee == address(0)) revert EmptyLicensee();
        _requireEndUser(grant.endUser);
        SubLicence memory granted = SubLicence(
            parentId,
            workId,
            msg.sender,
            grant.licensee,
            grant.endUser,
            grant.uses,
            grant.territories
        );
        licenceId = keccak256(abi.encode(granted));
        Licence memory found = _licences[licenceId];
        bool isNew = found.until == 0;
        if (!isNew && grant.until <= found.until) revert BadPeriod(found.until, grant.until);
        if (isNew) _licences[parentId].subLicences = parent.subLicences + 1;
        // One that is over may have left its span of cover: there it counts anew.
        bool begins = found.until < block.timestamp;
        if (begins) found.from = uint40(block.timestamp);
        found.until = grant.until;
        found.depth = parent.depth + 1;
        _licences[licenceId] = found;
        if (grant.uses & Presets.ONLINE != 0) _cover(workId, grant.endUser, grant.until, begins);
        emit SubLicensed(licenceId, parentId, grant.endUser, granted, found.from, grant.until);
    }

    /// @dev The caller granted the first of the line, or one that it came from.
    function _requireGrantor(bytes32 licenceId, SubLicence[] calldata line) private view {
        for (uint256 i; line[i].grantor != msg.sender; ++i)
            if (i + 1 == line.length || keccak256(abi.encode(line[i + 1])) != line[i].parentId)
                revert NotGrantor(licenceId, msg.sender);
    }

    function _recordSale(bytes32 workId, bytes32 endUser, uint40 from, uint40 until) internal {
        _externalSales[_scope(workId, endUser)].push(ExternalSale(from, until, uint40(block.timestamp), false));
        if (until >= block.timestamp) _cover(workId, endUser, until, true);
    }

    /// @dev Ends a recorded sale early, or marks one that is over.
    function _endSale(
        bytes32 workId,
        bytes32 endUser,
        uint256 index
    ) internal returns (uint40 until, ExternalSale memory sale) {
        ExternalSale[] storage list = _externalSales[_scope(workId, endUser)];
        if (index >= list.length) revert NoSuchSale(workId, endUser, index);
        sale = list[index];
        bool over = sale.until < block.timestamp;
        until = over ? sale.until : uint40(block.timestamp + Presets.NOTICE);
        if (sale.ended || (!over && sale.until <= until)) revert SaleEndsAnyway(sale.until);
        (list[index].until, list[index].ended) = (until, true);
        if (!over) _uncover(workId, endUser, until);
    }

    function _requireRunning(bytes32 licenceId) internal view returns (Licence memory found) {
        found = _licences[licenceId];
        if (found.until < block.timestamp) revert NotRunning(licenceId);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ICertificateRenderer} from "../interfaces/ICertificateRenderer.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title CertificateRenderer
/// @dev Only hex digits, digits and fixed words are printed: nothing that a registrant writes can get into the SVG.
contract CertificateRenderer is ICertificateRenderer {
    string private constant BRIGHT = "#f4f6f8";
    string private constant PALE = "#9aa7b2";

    /// @inheritdoc ICertificateRenderer
    function tokenURI(
        bytes32 workId,
        IWorkRegistry.Work calldata work,
        address owner
    ) external pure returns (string memory) {
        string memory id = Strings.toHexString(uint256(workId), 32);
        bytes memory json = abi.encodePacked(
            '{"name":"CopyTrack certificate ',
            id,
            '","description":"States who registered a work and when. It proves that the content was',
            ' known at that time, no more.","image":"data:image/svg+xml;base64,',
            Base64.encode(_svg(id, work, owner)),
            '","attributes":',
            _attributes(work),
            "}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }

    function _attributes(IWorkRegistry.Work calldata work) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '[{"trait_type":"registered","display_type":"date","value":',
                Strings.toString(work.registeredAt),
                '},{"trait_type":"kind","value":"',
                _kind(work.kind),
                '"},{"trait_type":"standing","value":"',
                _standing(work.standing),
                '"},{"trait_type":"batch","value":',
                Strings.toString(work.batchId),
                '},{"trait_type":"co-owners","value":',
                Strings.toString(work.coOwners),
                "}]"
            );
    }

    function _svg(
        string memory id,
        IWorkRegistry.Work calldata work,
        address owner
    ) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" font-family="ui-monospace,monospace">',
                '<rect width="600" height="600" fill="#101418"/><rect x="24" y="24" width="552" height="552" fill="none"',
                ' stroke="#7dd3a8" stroke-width="2"/>',
                _head(work),
                _body(bytes(id), owner),
                "</svg>"
            );
    }

    function _head(IWorkRegistry.Work calldata work) private pure returns (bytes memory) {
        bool clear = work.standing == IWorkRegistry.Standing.Clear;
        return
            abi.encodePacked(
                _line(92, BRIGHT, 34, "Certificate"),
                _line(140, PALE, 18, bytes.concat("Digital copyright register, ", bytes(_kind(work.kind)))),
                _line(250, PALE, 16, "registered (UTC)"),
                _line(282, BRIGHT, 26, _date(work.registeredAt)),
                _line(546, clear ? "#7dd3a8" : "#f2b8a0", 18, bytes(_standing(work.standing)))
            );
    }

    function _body(bytes memory id, address owner) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                _line(350, PALE, 16, "owner"),
                _line(378, BRIGHT, 18, bytes(Strings.toHexString(owner))),
                _line(440, PALE, 16, "work"),
                _line(466, BRIGHT, 14, _part(id, 0, 34)),
                _line(488, BRIGHT, 14, _part(id, 34, 66))
            );
    }

    function _line(
        uint256 y,
        string memory colour,
        uint256 size,
        bytes memory text
    ) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<text x="48" y="',
                Strings.toString(y),
                '" fill="',
                colour,
                '" font-size="',
                Strings.toString(size),
                '">',
                text,
                "</text>"
            );
    }

    function _part(bytes memory text, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i; i < part.length; ++i) part[i] = text[from + i];
    }

    /// @dev YYYY-MM-DD HH:MM of Unix seconds. Days to date after Fliegel and Van Flandern (CACM 11:657, 1968).
    function _date(uint256 time) private pure returns (bytes memory) {
        int256 rest = int256(time / 1 days) + 68_569 + 2_440_588;
        int256 centuries = (4 * rest) / 146_097;
        rest = rest - (146_097 * centuries + 3) / 4;
        int256 year = (4000 * (rest + 1)) / 1_461_001;
        rest = rest - (1461 * year) / 4 + 31;
        int256 month = (80 * rest) / 2447;
        int256 day = rest - (2447 * month) / 80;
        rest = month / 11;
        month = month + 2 - 12 * rest;
        year = 100 * (centuries - 49) + year + rest;
        return
            abi.encodePacked(
                Strings.toString(uint256(year)),
                "-",
                _two(uint256(month)),
                "-",
                _two(uint256(day)),
                " ",
                _two((time % 1 days) / 1 hours),
                ":",
                _two((time % 1 hours) / 1 minutes)
            );
    }

    function _two(uint256 number) private pure returns (string memory) {
        return string.concat(number < 10 ? "0" : "", Strings.toString(number));
    }

    function _kind(IWorkRegistry.Kind kind) private pure returns (string memory) {
        if (kind == IWorkRegistry.Kind.Image) return "image";
        if (kind == IWorkRegistry.Kind.Music) return "music";
        if (kind == IWorkRegistry.Kind.Video) return "video";
        if (kind == IWorkRegistry.Kind.Text) return "text";
        return "other";
    }

    function _standing(IWorkRegistry.Standing standing) private pure returns (string memory) {
        if (standing == IWorkRegistry.Standing.Clear) return "undisputed";
        if (standing == IWorkRegistry.Standing.Disputed) return "disputed";
        return "rejected by the panel";
    }
}

"""A content store that is a folder: one CAR file for each file or folder that was put."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import aleph_cid

from oracle.errors import CorruptContentError, NotStoredError, StoreError
from oracle.store import unixfs
from oracle.store.cids import canonical_cid, cid_of, cid_to_bytes


class CarFolder:
    """CAR files named by the CID of their root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> str:
        cid = cid_of(data)
        # The library packs folders only: pack a folder with this one file, and keep what is below the file.
        packed, _ = self._pack({"file": data})
        root = cid_to_bytes(cid)
        self._write(cid, unixfs.write_car(root, {k: packed[k] for k in unixfs.all_cids(root, packed.__getitem__)}))
        return cid

    def put_folder(self, files: Mapping[str, bytes]) -> str:
        packed, cid = self._pack(files)
        self._write(cid, unixfs.write_car(cid_to_bytes(cid), packed))
        return cid

    def get(self, cid: str) -> bytes:
        return unixfs.read_file(cid_to_bytes(cid), self._blocks(cid))

    def get_folder(self, cid: str) -> dict[str, bytes]:
        return unixfs.read_folder(cid_to_bytes(cid), self._blocks(cid))

    def has(self, cid: str) -> bool:
        return self._path(cid).exists()

    def export_car(self, cid: str) -> bytes:
        return self._read(cid)

    def import_car(self, cid: str, car: bytes) -> None:
        block_of = unixfs.checked(unixfs.read_car(car))
        root = cid_to_bytes(cid)
        wanted = {k: block_of(k) for k in unixfs.all_cids(root, block_of)}
        self._write(cid, unixfs.write_car(root, wanted))

    def _pack(self, files: Mapping[str, bytes]) -> tuple[dict[bytes, bytes], str]:
        """Blocks and CID of a folder with these files."""
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            source = Path(temporary) / "folder"
            source.mkdir()
            for name, data in files.items():
                if Path(name).name != name or not name:
                    raise StoreError(f"a folder takes plain file names only, without paths: {name!r}")
                (source / name).write_bytes(data)
            car = Path(temporary) / "folder.car"
            cid = aleph_cid.write_folder_car(source, car)
            return unixfs.read_car(car.read_bytes()), cid

    def _path(self, cid: str) -> Path:
        return self.folder / f"{canonical_cid(cid)}.car"  # anything that could be another path is no CID

    def _read(self, cid: str) -> bytes:
        try:
            return self._path(cid).read_bytes()
        except FileNotFoundError as problem:
            raise NotStoredError(f"{cid} is not in {self.folder}") from problem

    def _blocks(self, cid: str) -> Callable[[bytes], bytes]:
        car = self._read(cid)
        try:
            return unixfs.checked(unixfs.read_car(car))
        except CorruptContentError as problem:
            raise CorruptContentError(f"{cid}.car: {problem}") from problem

    def _write(self, cid: str, car: bytes) -> None:
        """Whole or not at all, whatever happens to the process; what is there already is left, unless it is damaged."""
        path = self._path(cid)
        if path.exists() and path.stat().st_size == len(car) and path.read_bytes() == car:
            return
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as out:
            out.write(car)
            out.flush()
            os.fsync(out.fileno())
        Path(out.name).chmod(0o644)
        Path(out.name).replace(path)

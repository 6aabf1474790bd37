"""WebP files that are cut off: libwebp itself decodes as much as there is, but Pillow does not ask it to.

The library is the one that Pillow has loaded; what is called here is libwebp's stable interface
(https://developers.google.com/speed/webp/docs/api#incremental_decoding_api).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, _webp

_RGBA = 1


def decode_cut(data: bytes, check_size: Callable[[int, int], None]) -> tuple[Image.Image, int] | None:
    """RGBA of a still WebP that is cut off, and how many of its rows are there; None if not even the first is.

    `check_size` is told width and height first.
    """
    library = _library()
    rows, width, height, stride = (ctypes.c_int() for _ in range(4))
    if library is None or not library.WebPGetInfo(data, len(data), width, height):
        return None
    check_size(width.value, height.value)
    decoder = library.WebPINewRGB(_RGBA, None, 0, 0)
    if not decoder:
        raise MemoryError
    try:
        library.WebPIAppend(decoder, data, len(data))  # says "suspended", or what is wrong with the rest
        place = library.WebPIDecGetRGB(decoder, rows, width, height, stride)
        if not place or rows.value <= 0:
            return None
        pixels = ctypes.string_at(place, stride.value * rows.value)
        there = Image.frombuffer("RGBA", (width.value, rows.value), pixels, "raw", "RGBA", stride.value, 1)
        image = Image.new("RGBA", (width.value, height.value))
        image.paste(there, (0, 0))
        return image, rows.value
    finally:
        library.WebPIDelete(decoder)


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    """libwebp as Pillow's module has it; None where it is built in a way that hides it."""
    library = ctypes.CDLL(_webp.__file__)
    number = ctypes.POINTER(ctypes.c_int)
    try:
        library.WebPGetInfo.argtypes = [ctypes.c_char_p, ctypes.c_size_t, number, number]
        library.WebPINewRGB.restype = library.WebPIDecGetRGB.restype = ctypes.c_void_p
        library.WebPINewRGB.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        library.WebPIAppend.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        library.WebPIDecGetRGB.argtypes = [ctypes.c_void_p, number, number, number, number]
        library.WebPIDelete.argtypes = [ctypes.c_void_p]
        library.WebPIDelete.restype = None
    except AttributeError:
        return None
    return library


def prepare() -> None:
    """Open the library, for processes that may open no files later."""
    _library()

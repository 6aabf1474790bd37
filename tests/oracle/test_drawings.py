"""Drawings and icons as browsers show them: any encoding, any size, any picture within."""

import base64
import struct
import urllib.parse
import zlib

import numpy as np
import pytest
from PIL import Image

from oracle.errors import BadImageError
from oracle.pictures.decoding import Decoder
from oracle.pictures.normalise import load_found, load_picture
from scripts.soaking.picture_files import saved

BLUE = '<rect width="100%" height="100%" fill="blue"/>'


@pytest.fixture(scope="module")
def photo(photos):
    with Image.open(photos[1]) as image:
        return image.convert("RGB").resize((320, 240))


def svg(body=BLUE, attributes='width="200" height="100"', before=""):
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {names} {attributes}>{body}</svg>"


def is_blue(picture):
    """But for the border, which may be half covered."""
    return bool((picture.rgb[1:-1, 1:-1] == (0, 0, 255)).all())


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="UTF-16"?>'])
def test_drawings_in_unicode_are_read_by_their_byte_order(name, declared):
    text = svg(before=declared)
    data = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(name, b"") + text.encode(name)
    assert load_picture(data).format == "SVG" and is_blue(load_picture(data))


@pytest.mark.parametrize("name", ["windows-1251", "ISO-8859-1", "KOI8-R", "Shift_JIS", "GBK", "UTF-8", "no-such-thing"])
def test_drawings_in_other_encodings_are_read_by_a_worker_without_files(name):
    letter = {"windows-1251": "Ж", "KOI8-R": "Ж", "Shift_JIS": "日", "GBK": "日", "no-such-thing": "日"}.get(name, "é")
    text = svg(f"{BLUE}<desc>{letter}</desc>", before=f'<?xml version="1.0" encoding="{name}"?>')
    with Decoder() as decoder:
        assert is_blue(decoder.decode(text.encode("utf-8" if name == "no-such-thing" else name)))


def test_an_encoding_that_takes_time_without_end_is_not_used():
    text = svg(before='<?xml version="1.0" encoding="punycode"?>')
    assert is_blue(load_picture(text.encode()))


@pytest.mark.parametrize(
    "before",
    ["<!--" + "x" * 200_000 + "-->", '<?xml version="1.0"?><!--' + "-" + "x" * 200_000 + "-->", " \n" * 60_000,
     "<?php-left-over a?>", "<!DOCTYPE other [<!ENTITY a 'b'>]>", "<!-- <html> --><!-- a -->"],
)  # fmt: skip
def test_what_stands_before_the_drawing_does_not_matter(before):
    assert is_blue(load_picture(svg(before=before).encode()))


@pytest.mark.parametrize(
    ("attributes", "width", "height"),
    [
        ("", 300, 150),
        ('width="100%" height="100%"', 300, 150),
        ('width="auto" height="auto"', 300, 150),
        ('width="200"', 200, 150),
        ('height="100"', 300, 100),
        ('width="200foo" height="100"', 300, 100),
        ('style="width:9px"', 300, 150),
        ('viewBox="0 0 400 200"', 400, 200),
        ('width="50%" height="50%" viewBox="0 0 400 200"', 400, 200),
        ('width="100" viewBox="0 0 400 200"', 100, 50),
        ('viewBox="0 0 2 1"', 300, 150),
        ('viewBox="0 0 1e7 1e7"', 150, 150),
        ('width="400Q" height="400Q"', 378, 378),
        ('width="10ch" height="10ch"', 80, 80),
    ],
)
def test_drawings_without_a_size_have_the_one_that_browsers_give_them(attributes, width, height):
    picture = load_picture(svg(attributes=attributes).encode())
    assert (picture.width, picture.height) == (width, height)
    assert picture.rgb.shape[1] / picture.rgb.shape[0] == pytest.approx(width / height, rel=0.02)
    assert is_blue(picture)


@pytest.mark.parametrize("side", ["8", "100000"])
def test_a_page_may_show_a_drawing_at_another_size_than_its_own(side):
    data = svg(attributes=f'width="{side}" height="{side}"').encode()
    with pytest.raises(BadImageError):
        load_picture(data)
    assert is_blue(load_found(data)) and load_found(data).rgb.shape == (640, 640, 3)


def test_pictures_within_a_drawing_are_read_whatever_their_address_says(photo):
    jpeg = saved(photo, "JPEG", quality=90)
    text = base64.b64encode(jpeg).decode()
    icon = saved(photo.resize((128, 96)), "ICO", sizes=[(128, 96)])
    of = {
        name: base64.b64encode(data).decode()
        for name, data in {"avif": saved(photo, "AVIF", quality=90), "bmp": saved(photo, "BMP"), "x-icon": icon,
                           "x-png": saved(photo, "PNG"), "apng": saved(photo, "PNG")}.items()
    }  # fmt: skip
    links = [f"data:image/{name};base64,{data}" for name, data in of.items()] + [
        f"data:image/pjpeg;base64,{text}", f"data:image/foo;base64,{text}", f"data:;base64,{text}",
        f"data:text/plain;base64,{text}", f"data:image/jpeg;charset=utf-8;base64,{text}",
        f"data:image/jpeg; base64,{text}", f"DATA:IMAGE/JPEG;BASE64,{text}",
        f"data:image/jpeg;base64,{text.rstrip('=')}",
        "data:image/jpeg," + urllib.parse.quote(jpeg),
        "data:image/jpeg;base64," + text.replace("+", "%2B").replace("/", "%2F"),
        "data:image/jpeg;base64," + "&#10;".join(text[at : at + 76] for at in range(0, len(text), 76)),
    ]  # fmt: skip
    for link in links:
        body = f'<image width="320" height="240" xlink:href="{link}"/>'
        shown = load_picture(svg(body, 'width="320" height="240"').encode(), 320)
        assert np.abs(shown.rgb.astype(int) - np.asarray(photo)).mean() < 8, link[:60]


def test_damaged_pictures_and_drawings_within_a_found_drawing_are_read(photo):
    def within(data, kind):
        link = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        return svg(f'<image width="320" height="240" xlink:href="{link}"/>', 'width="320" height="240"').encode()

    png = saved(photo, "PNG")
    shown = load_found(within(png[: len(png) * 8 // 10], "png"), 320).rgb
    assert np.abs(shown[:180].astype(int) - np.asarray(photo)[:180]).mean() < 2
    inner = within(png, "png")
    assert np.abs(load_found(within(inner, "svg+xml"), 320).rgb.astype(int) - np.asarray(photo)).mean() < 6
    # One within the other within a third is one too many, and it does not end us.
    assert (load_found(within(within(inner, "svg+xml"), "svg+xml"), 320).rgb == 255).all()


# ---------------------------------------------------------------------------------------------------------------- icons


def icon(entries, kind=1):
    offset, listed, bodies = 6 + 16 * len(entries), b"", b""
    for width, height, bits, data in entries:
        head = (1, bits) if kind == 1 else (5, 7)
        listed += struct.pack("<BBBBHHII", width % 256, height % 256, 0, 0, *head, len(data), offset + len(bodies))
        bodies += data
    return struct.pack("<HHH", 0, kind, len(entries)) + listed + bodies


def bitmap_of(image):
    """A picture of 32 bits as icons hold it: twice as high, with a mask."""
    pixels = np.asarray(image.convert("RGBA"))[::-1][..., [2, 1, 0, 3]].tobytes()
    head = struct.pack("<IiiHHIIiiII", 40, image.width, 2 * image.height, 1, 32, 0, 0, 0, 0, 0, 0)
    return head + pixels + bytes((image.width + 31) // 32 * 4 * image.height)


@pytest.mark.parametrize("kind", [1, 2])
def test_the_largest_picture_of_an_icon_or_cursor_counts(photo, kind):
    large, small = photo.resize((256, 192)), photo.resize((48, 36)).rotate(180)
    for data in (
        icon([(48, 36, 32, saved(small, "PNG")), (0, 192, 32, saved(large, "PNG"))], kind),
        icon([(200, 150, 32, bitmap_of(large.resize((200, 150)))), (48, 36, 32, saved(small, "PNG"))], kind),
    ):
        for load in (load_picture, load_found):
            shown = load(data)
            assert shown.format == "ICO" and shown.width in (256, 200)
            like = np.asarray(large.resize((shown.width, shown.height)), int)
            assert np.abs(shown.rgb.astype(int) - like).mean() < 3


def test_damaged_icons_are_read_where_they_are_found(photo):
    large = photo.resize((200, 150))
    png = icon([(200, 150, 32, saved(large, "PNG"))])
    cut = png[: len(png) * 8 // 10]
    with pytest.raises(BadImageError, match="export it again"):
        load_picture(cut)
    assert np.array_equal(load_found(cut).rgb[:100], np.asarray(large)[:100])
    bitmap = icon([(200, 150, 32, bitmap_of(large))])[:-30_000]
    assert np.array_equal(load_found(bitmap).rgb[50:], np.asarray(large)[50:])


@pytest.mark.parametrize("data", [icon([(16, 16, 32, b"")]), icon([(0, 0, 32, b"\x89PNG\r\n\x1a\n")]), b"\0\0\1\0" * 9])
def test_broken_icons_are_refused(data):
    for load in (load_picture, load_found):
        with pytest.raises(BadImageError):
            load(data)


# ---------------------------------------------------------------------------------------------------------- orientation


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_xmp_does_not_turn_a_picture(photo, kind):
    xmp = (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
           b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
           b"</rdf:RDF></x:xmpmeta>")  # fmt: skip
    if kind == "PNG":
        plain = saved(photo, "PNG")
        body = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
        chunk = struct.pack(">I", len(body)) + b"iTXt" + body
        data = plain[:33] + chunk + struct.pack(">I", zlib.crc32(b"iTXt" + body)) + plain[33:]
    else:
        data = saved(photo, kind, xmp=xmp)
    assert load_picture(data).width == 320
    exif = Image.Exif()
    exif[0x0112] = 6
    if kind == "JPEG":  # EXIF decides, whatever XMP says
        assert load_picture(saved(photo, "JPEG", xmp=xmp.replace(b"6", b"1"), exif=exif)).width == 240


def test_the_extension_and_type_of_a_file_do_not_matter(photo):
    """Nothing but the bytes is looked at."""
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF"):
        assert load_found(saved(photo, kind)).format == kind


def test_a_picture_of_200_megapixels_is_a_work():
    """16,320 × 12,240: what the largest sensors of phones give."""
    whole = Image.linear_gradient("L").resize((16_320, 12_240))
    with Decoder() as decoder:
        for progressive in (False, True):
            data = saved(whole, "JPEG", quality=60, progressive=progressive)
            picture = decoder.decode(data)
            assert (picture.width, picture.height, max(picture.rgb.shape)) == (16_320, 12_240, 640)
            assert decoder.decode_found(data[:-2]).width == 16_320
        assert decoder.decode(saved(whole, "PNG", compress_level=1)).width == 16_320


def test_what_takes_too_much_memory_is_refused_with_advice():
    with pytest.raises(BadImageError, match=r"WEBP \(JPEG can have 200000000\): use a smaller version"):
        load_picture(saved(Image.new("L", (12_000, 9_000)), "WEBP", method=0))
    with pytest.raises(BadImageError, match="use a smaller version"):
        load_picture(saved(Image.new("1", (16_384, 12_300)), "PNG"))

"""Untrusted files become pictures or a clear refusal."""

import base64
import contextlib
import gzip
import http.server
import io
import random
import struct
import threading
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from oracle.errors import BadImageError
from oracle.pictures import normalise
from oracle.pictures.normalise import load_picture
from tests.conftest import jpeg, noise


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def heic(image, **options):
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, **options)
    return out.getvalue()


def png(*chunks):
    written = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def png_bomb(side):
    """A PNG header that promises side × side pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return png((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"just text, no picture", "supported format"),
        (b"<html><body>not found</body></html>", "supported format"),
        (noise(1)[:400], "incomplete"),
        (noise(1)[:-300], "incomplete"),
        (png_bomb(60_000), "pixels"),
        (png_bomb(15_000), "pixels"),
        (jpeg(Image.new("RGB", (20, 400))), "each side"),
        (b"\xff\xd8\xff" + b"\0" * 500, "."),
        (b"GIF89a" + b"\xff" * 50, "."),
    ],
)
def test_what_is_no_usable_picture_is_refused_with_the_reason(data, told):
    with pytest.raises(BadImageError, match=told):
        load_picture(data)


def test_too_many_bytes_are_refused_unread(monkeypatch):
    monkeypatch.setattr(normalise, "MAX_BYTES", 100)
    with pytest.raises(BadImageError, match="smaller version"):
        load_picture(noise(1))


def test_random_damage_never_does_more_than_refuse():
    rng = random.Random(5)
    sources = [noise(2), saved(Image.open(io.BytesIO(noise(3))), "PNG"), saved(Image.new("RGB", (90, 90)), "WEBP")]
    for _ in range(300):
        data = bytearray(rng.choice(sources))
        for _ in range(rng.randint(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with contextlib.suppress(BadImageError):
            load_picture(bytes(data[: rng.randint(1, len(data))]))


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGB", "JPEG"), ("L", "PNG"), ("RGBA", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("I;16", "PNG"), ("1", "TIFF"),
     ("RGB", "WEBP"), ("RGB", "BMP"), ("RGB", "AVIF"), ("LA", "PNG"), ("I", "TIFF"), ("F", "TIFF"), ("LAB", "TIFF"),
     ("YCbCr", "JPEG"), ("CMYK", "TIFF"), ("I;16", "TIFF"), ("1", "PNG"), ("PA", "PNG")],
)  # fmt: skip
def test_all_modes_become_rgb(mode, kind):
    image = Image.new("LA", (120, 80)).convert("PA") if mode == "PA" else Image.new(mode, (120, 80))
    if mode == "PA":
        image = image.convert("RGBA").quantize(4)
    picture = load_picture(saved(image, kind))
    assert picture.rgb.shape == (80, 120, 3)
    assert picture.rgb.dtype == np.uint8


def difference(one, two):
    """Mean absolute difference of two pictures' pixels, in levels of 255."""
    return float(np.abs(one.astype(np.int16) - two.astype(np.int16)).mean())


@pytest.fixture(scope="module")
def photo(photos):
    with Image.open(photos[1]) as image:
        return image.convert("RGB").resize((300, 200))


def encoded(photo):
    """The same photograph in every format and depth that holds its colours."""
    deep = np.asarray(photo, dtype=np.uint16) * 257
    clear = photo.copy()
    clear.putalpha(255)
    return {
        "JPEG": saved(photo, "JPEG", quality=95, subsampling=0),
        "progressive JPEG": saved(photo, "JPEG", quality=95, subsampling=0, progressive=True),
        "CMYK JPEG": saved(photo.convert("CMYK"), "JPEG", quality=95),
        "YCCK JPEG": ycck(photo),
        "MPO": saved(photo, "MPO", quality=95, subsampling=0, save_all=True, append_images=[photo.rotate(180)]),
        "PNG": saved(photo, "PNG"),
        "PNG of 16 bits": png_of_16_bits(deep),
        "PNG with alpha": saved(clear, "PNG"),
        "APNG": saved(photo, "PNG", save_all=True, append_images=[photo.rotate(180)]),
        "GIF": saved(photo, "GIF", save_all=True, append_images=[photo.rotate(180)]),
        "WEBP": saved(photo, "WEBP", quality=95),
        "lossless WEBP": saved(photo, "WEBP", lossless=True),
        "animated WEBP": saved(photo, "WEBP", quality=95, save_all=True, append_images=[photo.rotate(180)]),
        "BMP": saved(photo, "BMP"),
        "TIFF": saved(photo, "TIFF"),
        "TIFF of pages": saved(photo, "TIFF", save_all=True, append_images=[photo.rotate(180)]),
        "CMYK TIFF": saved(photo.convert("CMYK"), "TIFF", compression="tiff_lzw"),
        "TIFF of 16 bits": tiff_of_16_bits(deep),
        "AVIF": saved(photo, "AVIF", quality=90, speed=10, subsampling="4:4:4"),
        "HEIC": heic(photo, quality=90, chroma=444),
    }


def ycck(photo):
    """A CMYK JPEG whose first three channels are YCbCr, as Photoshop writes it: Pillow only reads these."""
    cmyk = np.asarray(photo.convert("CMYK"))
    colours = Image.fromarray(255 - (255 - cmyk[..., :3])).convert("YCbCr")
    # Photoshop stores inks inverted, and Pillow inverts what it writes.
    stored = np.dstack([255 - np.asarray(colours), cmyk[..., 3:]])
    data = bytearray(saved(Image.frombytes("CMYK", photo.size, stored.tobytes()), "JPEG", quality=95))
    data[data.index(b"Adobe") + 11] = 2  # the transform: YCCK
    return bytes(data)


def png_of_16_bits(deep):
    height, width = deep.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return png((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


def tiff_of_16_bits(deep):
    """One strip of RGB without compression."""
    height, width = deep.shape[:2]
    pixels = deep.astype("<u2").tobytes()
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 8 + 2 + 9 * 12 + 4), (259, 3, 1, 1), (262, 3, 1, 2),
               (273, 4, 1, 200), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, len(pixels))]  # fmt: skip
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", *e) for e in entries)
    return (head + bytes(4) + struct.pack("<3H", 16, 16, 16)).ljust(200, b"\0") + pixels


def test_a_photograph_looks_the_same_in_every_format(photo):
    plain = np.asarray(photo)
    for name, data in encoded(photo).items():
        picture = load_picture(data)
        assert picture.rgb.shape == plain.shape, name
        assert (picture.width, picture.height) == photo.size, name
        assert picture.format in normalise.FORMATS and picture.format in name + " JPEG", name
        assert difference(picture.rgb, plain) < (9 if name == "GIF" else 3), name


def test_16_bit_greys_keep_their_levels(photo):
    grey = np.asarray(photo.convert("L"))
    dark = Image.fromarray((grey // 4).astype(np.uint16) * 257)  # a dark picture stays one
    for kind in ("PNG", "TIFF"):
        assert difference(load_picture(saved(dark, kind)).rgb[..., 0], grey // 4) < 1
    unit = Image.fromarray(grey.astype(np.float32) / 255)
    assert difference(load_picture(saved(unit, "TIFF")).rgb[..., 1], grey) < 1
    wild = Image.fromarray(grey.astype(np.float32) * 40 - 3000)
    assert np.ptp(load_picture(saved(wild, "TIFF")).rgb) == 255
    odd = Image.fromarray(np.full((60, 60), np.nan, dtype=np.float32))
    assert load_picture(saved(odd, "TIFF")).rgb.shape == (60, 60, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright_whatever_way_the_camera_was_held(photo, kind, orientation):
    upright = load_picture(saved(photo, "PNG"))
    # What undoes the turn: the camera stored the picture that way.
    undone = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = photo.transpose(Image.Transpose(undone[orientation])) if orientation > 1 else photo
    exif = Image.Exif()
    exif[0x0112] = orientation
    if kind == "HEIC":
        data = heic(stored, exif=exif.tobytes(), quality=90)
    else:
        data = saved(stored, kind, exif=exif, **({"quality": 92} if kind != "PNG" else {}))
    picture = load_picture(data)
    assert (picture.width, picture.height) == photo.size
    assert picture.rgb.shape == upright.rgb.shape
    assert difference(picture.rgb, upright.rgb) < 5


def test_broken_exif_does_not_spoil_a_picture():
    picture = load_picture(saved(Image.new("RGB", (90, 60)), "JPEG", exif=b"Exif\0\0II*\0" + b"\xff" * 40))
    assert picture.rgb.shape == (60, 90, 3)


def test_transparency_lies_on_white(photo):
    half = np.tile(np.linspace(0, 255, photo.width).astype(np.uint8), (photo.height, 1))
    clear = photo.copy()
    clear.putalpha(Image.fromarray(half))
    expected = np.asarray(Image.composite(photo, Image.new("RGB", photo.size, "white"), Image.fromarray(half)))
    tiff = {"TIFF": {}, "PNG": {}, "WEBP": {"lossless": True, "exact": True}, "AVIF": {"quality": 95, "speed": 10}}
    for kind, options in tiff.items():
        assert difference(load_picture(saved(clear, kind, **options)).rgb, expected) < 3, kind
    assert difference(load_picture(heic(clear, quality=95)).rgb, expected) < 3
    grey = clear.convert("LA")
    told = np.asarray(Image.composite(grey.convert("L"), Image.new("L", photo.size, 255), Image.fromarray(half)))
    assert difference(load_picture(saved(grey, "PNG")).rgb[..., 2], told) < 2
    palette = Image.new("P", (100, 50), 3)
    palette.putpalette([9] * 30)
    for kind in ("PNG", "GIF"):
        assert load_picture(saved(palette, kind, transparency=3)).rgb.min() == 255
    assert load_picture(saved(Image.new("RGB", (50, 50), (1, 2, 3)), "PNG", transparency=(1, 2, 3))).rgb.min() == 255


def profile_of(gamma, primaries):
    """A small ICC profile (version 2) of a display: XYZ of its colours under D50, and one exponent."""

    def tag(kind, body):
        return kind + bytes(4) + body

    def xyz(x, y, z):
        return tag(b"XYZ ", b"".join(struct.pack(">i", round(v * 65536)) for v in (x, y, z)))

    curve = tag(b"curv", struct.pack(">IHxx", 1, round(gamma * 256)))
    tags = {b"wtpt": xyz(0.9642, 1.0, 0.8249)}
    tags |= {name: xyz(*value) for name, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    text = tag(b"text", b"none\0\0\0\0")
    tags |= {b"cprt": text, b"desc": tag(b"desc", struct.pack(">I", 5) + b"test\0" + bytes(79))}
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    size = 128 + len(table) + len(body)
    white = struct.pack(">3i", 63190, 65536, 54061)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    return (head.ljust(68, b"\0") + white).ljust(128, b"\0") + table + body


def test_colours_become_srgb_by_the_embedded_profile(photo):
    plain = np.asarray(photo)
    # sRGB's own primaries, but linear light: the same numbers are much brighter as sRGB.
    primaries = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
    linear = profile_of(1.0, primaries)
    meant = np.where((v := plain / 255) <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055) * 255
    for kind in ("PNG", "TIFF", "WEBP", "JPEG"):
        options = {"lossless": True} if kind == "WEBP" else {"quality": 97, "subsampling": 0} if kind == "JPEG" else {}
        shown = load_picture(saved(photo, kind, icc_profile=linear, **options)).rgb
        assert difference(shown, meant.astype(np.uint8)) < 4, kind
        assert difference(shown, plain) > 15, kind


def test_profiles_that_change_nothing_or_are_broken_are_ignored(photo):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = load_picture(saved(photo, "PNG")).rgb
    for profile in (srgb, lab, b"no profile", srgb[:200], srgb[:128] + b"\xff" * 300):
        assert np.array_equal(load_picture(saved(photo, "PNG", icc_profile=profile)).rgb, plain)


def test_large_jpegs_are_decoded_small_but_never_too_small():
    for side in (641, 1279, 1280, 2600, 5300):
        picture = load_picture(jpeg(Image.linear_gradient("L").resize((side, side // 2 + 8))))
        assert max(picture.rgb.shape) == normalise.WORK_SIDE
        assert picture.width == side
    assert max(load_picture(jpeg(Image.new("RGB", (300, 200)))).rgb.shape) == 300


def test_the_same_bytes_give_the_same_pixels(photo):
    for name, data in encoded(photo).items():
        assert np.array_equal(load_picture(data, 333).rgb, load_picture(data, 333).rgb), name


@pytest.mark.parametrize("screen", [(1, 1), (65535, 65535), (0, 0), (50, 4000)])
def test_gifs_that_lie_about_their_size_are_shown_or_refused(screen):
    data = bytearray(saved(Image.new("P", (80, 60)), "GIF"))
    data[6:10] = struct.pack("<HH", *screen)
    with contextlib.suppress(BadImageError):
        assert load_picture(bytes(data)).rgb.shape[2] == 3


def test_a_heic_whose_items_have_no_proper_names_is_refused(photo):
    """pi-heif would crash: found by scripts/soak."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = heic(photo, exif=exif.tobytes())
    for broken in (data.replace(b"Exif\0", b"Exi\xff\0", 1), data.replace(b"hvc1", b"hvc\xff", 1)):
        assert broken != data
        with pytest.raises(BadImageError):
            load_picture(broken)


def test_a_compressed_bomb_is_refused_by_its_header():
    rows = zlib.compress(bytes(50_000 * 200))  # of 50,000: the header alone is looked at
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    with pytest.raises(BadImageError, match="pixels"):
        load_picture(png((b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")))


# ------------------------------------------------------------------------------------------------------------------ svg


def svg(body, attributes='width="200" height="100"'):
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {names} {attributes}>{body}</svg>".encode()


BLUE = '<rect width="200" height="100" fill="blue"/>'


def test_drawings_are_rasterised_at_the_working_size():
    for data in (svg(BLUE), gzip.compress(svg(BLUE)), b'\xef\xbb\xbf<?xml version="1.0"?><!-- a -->' + svg(BLUE)):
        picture = load_picture(data)
        assert picture.rgb.shape == (320, 640, 3)
        assert (picture.width, picture.height, picture.format) == (200, 100, "SVG")
        assert (picture.rgb == (0, 0, 255)).all()
    boxed = load_picture(svg(BLUE, 'viewBox="0 0 400 100"'), 100)
    assert boxed.rgb.shape == (25, 100, 3) and tuple(boxed.rgb[12, 75]) == (255, 255, 255)
    assert load_picture(svg(BLUE, 'width="2in" height="50%" viewBox="0 0 200 100"')).width == 192


def test_drawings_keep_what_is_within_them(photo):
    inner = base64.b64encode(saved(photo, "PNG")).decode()
    shown = load_picture(svg(f'<image xlink:href="data:image/png;base64,{inner}" width="300" height="200"/>',
                             'width="300" height="200"'), 300)  # fmt: skip
    assert difference(shown.rgb, np.asarray(photo)) < 1
    used = svg(f'<defs><g id="a">{BLUE}</g></defs><use xlink:href="#a"/>')
    assert tuple(load_picture(used).rgb[50, 50]) == (0, 0, 255)
    declared = b'<!DOCTYPE svg [<!ENTITY c "blue">]>' + svg(BLUE.replace("blue", "&c;"))
    assert tuple(load_picture(declared).rgb[50, 50]) == (0, 0, 255)


def test_drawings_show_nothing_from_outside_themselves(tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (50, 50), "red").save(secret)
    (tmp_path / "secret.svg").write_bytes(svg('<rect width="200" height="100" fill="red"/>'))
    links = [str(secret), f"file://{secret}", "file:///etc/passwd", "/etc/passwd", str(tmp_path / "secret.svg"),
             "data:image/svg+xml;base64," + base64.b64encode(svg(BLUE.replace("blue", "red"))).decode()]  # fmt: skip
    for link in links:
        for name in ("href", "xlink:href"):
            body = f'{BLUE}<image {name}="{link}" width="200" height="100"/>'
            body += f'<filter id="f"><feImage {name}="{link}"/></filter><rect filter="url(#f)" width="9" height="9"/>'
            assert (load_picture(svg(body)).rgb == (0, 0, 255)).all(), link
    outside = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg(BLUE + "<desc>&x;</desc>")
    with contextlib.suppress(BadImageError):
        assert (load_picture(outside).rgb == (0, 0, 255)).all()


def test_drawings_ask_no_server():
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    link = f"http://127.0.0.1:{server.server_address[1]}/x.png"
    style = f"<style>@import url({link}); rect {{ fill: url({link}) }}</style>"
    body = f'{style}<image href="{link}" width="9" height="9"/><use href="{link}#a"/><script href="{link}">x()</script>'
    load_picture(f'<?xml-stylesheet href="{link}"?><!DOCTYPE svg SYSTEM "{link}">'.encode() + svg(body + BLUE))
    server.shutdown()
    server.server_close()
    assert asked == []


def laughs(depth):
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, depth))
    return f'<!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]>'.encode() + svg(f"<text>&a{depth - 1};</text>")


def uses(depth):
    groups = "".join(f'<g id="u{n}">{f"""<use href="#u{n - 1}"/>""" * 10}</g>' for n in range(1, depth))
    return svg(f'<g id="u0">{BLUE}</g>{groups}')


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (laughs(10), "entities"),
        (f'<!DOCTYPE svg [<!ENTITY a "{"x" * 60_000}">]>'.encode() + svg("<desc>&a;</desc>" * 1000), "SVG"),
        (uses(9), "elements"),
        (svg("<g>" * 5000 + "</g>" * 5000), "too deeply"),
        (svg("".join(f'<g id="c{n}"><use href="#c{n + 1}"/></g>' for n in range(500))), "too deeply"),
        (svg(BLUE, 'width="1000000000" height="100"'), "pixels"),
        (svg(BLUE, 'width="1e999" height="100"'), "size"),
        (svg(BLUE, 'width="-5" height="100"'), "size"),
        (svg(BLUE, 'width="16" height="16"'), "each side"),
        (svg(BLUE)[:-20], "damaged"),
        (b'<?xml version="1.0"?><html><svg xmlns="http://www.w3.org/2000/svg"/></html>', "not a picture"),
        (gzip.compress(svg(BLUE + " " * 20_000_000)), "characters"),
        (svg('<image width="9" height="9" href="data:image/png;base64,' + base64.b64encode(png_bomb(9000)).decode()
             + '"/>'), "pixels"),
    ],
)  # fmt: skip
def test_drawings_out_of_proportion_are_refused(data, told):
    with pytest.raises(BadImageError, match=told):
        load_picture(data)


def test_a_drawing_that_uses_itself_is_shown_or_refused():
    circles = f'<g id="a">{BLUE}<use href="#a"/></g><g id="b"><use href="#c"/></g><g id="c"><use href="#b"/></g>'
    with contextlib.suppress(BadImageError):
        load_picture(svg(circles))

"""A web address as a QR picture that a phone's camera reads."""

from __future__ import annotations

import cv2

_MARGIN = 2
"""White modules added around the encoder's own two: the standard asks for four."""
_MODULE_PX = 8


def qr_png(text: str) -> bytes:
    """PNG of a QR code, black on white with its quiet zone, 8 px a module."""
    settings = cv2.QRCodeEncoder.Params()
    settings.correction_level = cv2.QRCODE_ENCODER_CORRECT_LEVEL_M
    modules = cv2.QRCodeEncoder.create(settings).encode(text)
    framed = cv2.copyMakeBorder(modules, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_CONSTANT, value=(255,))
    picture = cv2.resize(framed, None, fx=_MODULE_PX, fy=_MODULE_PX, interpolation=cv2.INTER_NEAREST)
    return bytes(cv2.imencode(".png", picture)[1])

"""A clip at first sight: in a second or two, what it is, which test it seems to show, what will be refused."""

from formcheck.first_look.looking import facts, look
from formcheck.first_look.record import FirstLook, Notice, from_dict, thumbnail_jpeg, to_dict
from formcheck.first_look.warm import warm_up

__all__ = ["FirstLook", "Notice", "facts", "from_dict", "look", "thumbnail_jpeg", "to_dict", "warm_up"]

"""Files of other programs: landmarks and angles out as Parquet, TRC and MOT, landmarks in from TRC and movement CSV."""

from formcheck.exchange.reading import read_pose
from formcheck.exchange.writing import FILES, write_all, write_mot, write_parquet, write_trc

__all__ = ["FILES", "read_pose", "write_all", "write_mot", "write_parquet", "write_trc"]

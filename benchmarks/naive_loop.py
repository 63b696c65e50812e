"""What most scripts do: read a frame, run MediaPipe on it, draw, write, and so on to the end of the clip.

Run as `python benchmarks/naive_loop.py VIDEO OUT.mp4`. Same model file as formcheck's, MediaPipe's tracking mode (no
search for people while the last frame's person is still there), one person, FFmpeg-free: what comes out is an mp4v file
that no browser plays, without angles, events, report, or numbers.
"""

import sys

import cv2
import mediapipe as mp
from mediapipe.tasks.python import BaseOptions
from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

from formcheck import models
from formcheck.landmarks import BONES

video, target = sys.argv[1:]
film = cv2.VideoCapture(video)
fps = film.get(cv2.CAP_PROP_FPS)
size = (int(film.get(cv2.CAP_PROP_FRAME_WIDTH)), int(film.get(cv2.CAP_PROP_FRAME_HEIGHT)))
out = cv2.VideoWriter(target, cv2.VideoWriter_fourcc(*"mp4v"), fps, size)
options = PoseLandmarkerOptions(
    base_options=BaseOptions(model_asset_path=str(models.resolve().path)), running_mode=RunningMode.VIDEO
)
with PoseLandmarker.create_from_options(options) as landmarker:
    number = 0
    while True:
        there, bgr = film.read()
        if not there:
            break
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
        found = landmarker.detect_for_video(image, round(1000 * number / fps))
        for person in found.pose_landmarks:
            points = [(round(p.x * size[0]), round(p.y * size[1])) for p in person]
            for a, b in BONES:
                cv2.line(bgr, points[a], points[b], (0, 255, 0), 3)
            for point in points:
                cv2.circle(bgr, point, 4, (0, 0, 255), -1)
        out.write(bgr)
        number += 1
out.release()

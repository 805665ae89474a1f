"""A Cog predictor that reads the text of an image with RapidOCR, whose models come inside its package."""

import os

from cog import BasePredictor, Input, Path
from rapidocr_onnxruntime import RapidOCR


class Predictor(BasePredictor):
    def setup(self) -> None:
        # Several servers on one machine share its cores: OCR_THREADS says how many each may use.
        threads = int(os.environ.get("OCR_THREADS", "-1"))
        self.engine = RapidOCR(intra_op_num_threads=threads)

    def predict(
        self,
        image: Path = Input(description="The scan: one line of text, or a page when detect is set"),
        detect: bool = Input(
            description="Look for the lines first. Needed for pages, about ten times slower for single lines",
            default=False,
        ),
    ) -> str:
        found, _ = self.engine(str(image), use_det=detect, use_cls=detect, use_rec=True)
        # Without detection a result is (text, score), with it (box, text, score), in reading order.
        return "\n".join(line[-2] for line in found or [])

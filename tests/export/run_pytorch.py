"""Runs generated programs: for every NUMBER.py of a folder, the logits of NUMBER.images go to NUMBER.logits.

    python3 run_pytorch.py FOLDER COUNT
"""
import importlib.util
import sys
from pathlib import Path

import torch

folder, count = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
for number in range(count):
    spec = importlib.util.spec_from_file_location(f"model_{number}", folder / f"{number}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load()
    pixels = bytearray((folder / f"{number}.images").read_bytes())
    images = torch.frombuffer(pixels, dtype=torch.uint8).reshape(-1, 28, 28)
    with torch.inference_mode():
        logits = torch.cat([model(module.normalize(batch)) for batch in images.split(1000)])
    (folder / f"{number}.logits").write_bytes(bytes(logits.contiguous().numpy().tobytes()))

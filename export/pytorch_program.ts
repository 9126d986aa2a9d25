/**
 * The Python program that `pytorch.ts` fills in: `@NAME@` stands for what differs from network to network.
 *
 * @module
 */

export const PYTORCH_PROGRAM = `"""A classifier of 28 x 28 images in PyTorch, written by under20k @VERSION@.

    python FILE.py [--data FOLDER] [--predictions OUT]

evaluates it on the test set in FOLDER: t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, or the same as .gz.
FACTS says what it was trained on. As a module: \`load()\` gives the network, \`normalize(images)\` what it takes.
"""
import argparse
import gzip
import hashlib
import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn

FACTS = {
@FACTS@
}
WEIGHTS = Path(__file__).with_name(@WEIGHTS@)
# pixels enter as (pixel / 255 - MEAN) / DEVIATION
MEAN, DEVIATION = @MEAN@, @DEVIATION@


@DEFINITIONS@def build():
    """The layers, untrained; behind each stand its place and the shape that leaves it, without the batch."""
    return nn.Sequential(
@LAYERS@
    )


def read_safetensors(path):
    """The float32 tensors of a safetensors file by name: a JSON header behind its length, then the numbers."""
    file = path.read_bytes()
    (header_length,) = struct.unpack("<Q", file[:8])
    header = json.loads(file[8 : 8 + header_length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + header_length + offset for offset in entry["data_offsets"])
        values = torch.frombuffer(bytearray(file[start:end]), dtype=torch.float32)
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def load(path=WEIGHTS):
    """The trained network in evaluation mode."""
    if not Path(path).exists():
        sys.exit(f"error: Cannot load the weights: expected {path}, got none; keep both files together")
    model = build()
    model.load_state_dict(read_safetensors(Path(path)), strict=True)
    return model.eval()


def normalize(images):
    """uint8 [N,28,28], white on black, as what enters the network: float32 [N,1,28,28]."""
    return ((images.float() / 255 - MEAN) / DEVIATION).unsqueeze(1)


def read_idx(folder, name, magic):
    """A file of MNIST's format as uint8, decompressed where it is .gz."""
    for path in (Path(folder) / name, Path(folder) / f"{name}.gz"):
        if path.exists():
            file = path.read_bytes() if path.suffix != ".gz" else gzip.decompress(path.read_bytes())
            if struct.unpack(">I", file[:4])[0] != magic:
                sys.exit(f"error: Cannot read {path}: expected magic {magic}, got another file")
            sizes = struct.unpack(f">{magic & 255}I", file[4 : 4 + 4 * (magic & 255)])
            return torch.frombuffer(bytearray(file[4 + 4 * len(sizes) :]), dtype=torch.uint8).reshape(sizes)
    sys.exit(f"error: Cannot evaluate: expected {name} or {name}.gz in {folder}, got none; see --data")


@torch.inference_mode()
def predict(model, images, batch_size=1000):
    """The class of each image, uint8 [N]: the first largest logit."""
    classes = [model(normalize(batch)).argmax(1) for batch in images.split(batch_size)]
    return torch.cat(classes).to(torch.uint8)


def main():
    parser = argparse.ArgumentParser(description="Evaluates the network on a test set.")
    parser.add_argument("--data", default="data", help="folder with the test set's files (default: data)")
    parser.add_argument("--predictions", help="file for the predicted classes, a byte each")
    arguments = parser.parse_args()
    images = read_idx(arguments.data, "t10k-images-idx3-ubyte", 0x00000803)
    labels = read_idx(arguments.data, "t10k-labels-idx1-ubyte", 0x00000801)
    predictions = predict(load(), images)
    right = int((predictions == labels).sum())
    raw = bytes(predictions.tolist())
    if arguments.predictions:
        Path(arguments.predictions).write_bytes(raw)
    if "dataset" in FACTS:
        print(f"trained on {FACTS['dataset']}, {FACTS['trainImages']} images")
    print(f"accuracy {100 * right / len(labels):.2f} % ({right} of {len(labels)})")
    print(f"predictions SHA-256 {hashlib.sha256(raw).hexdigest()}")


if __name__ == "__main__":
    main()
`;

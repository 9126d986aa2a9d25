#!/usr/bin/env python3
"""Trains a network of this project's vocabulary in PyTorch and says how fast: the peer that it is measured against.

Started by `deno task perf --against-pytorch`. Reads requests from standard input, one JSON object a line, and answers
each in a line; ends with its input. Needs torch and nothing else.

  {"ask": "version"}                             -> {"torch": …, "device": …}
  {"ask": "prepare", "network": …, "training": …, "variant": …, "trials": …}
                                                 -> {"parameters": …}
  {"ask": "measure", "seconds": …, "laps": …}    -> {"imagesPerSecond": [one a lap]}
  {"ask": "logits", "tensors": […], "images": …} -> {"logits": …} of the network prepared last, in float64, in
                                                    evaluation mode

What cannot be answered is {"cannot": reason}. A step is forward, backward and the optimizer's update with everything
that the recipe adds to them (label smoothing, L1, clipping, averages), on a batch that is already in memory: no
augmentation, no loader, no schedule, no evaluation. That is in PyTorch's favour.

The network comes as the project's graph, every field filled in: nodes that read values and compute one. Variants:
contiguous and channels_last, how images lie in memory; on a GPU also graph (a captured CUDA graph of the step) and
ensemble (so many models at once by torch.func.vmap, each image of each model counted).
"""
import argparse
import json
import os
import sys
import time

# a processor that is told to be an older one would be measured as that
LIMITS = "OPENBLAS_CORETYPE ATEN_CPU_CAPABILITY ONEDNN_MAX_CPU_ISA DNNL_MAX_CPU_ISA MKL_ENABLE_INSTRUCTIONS"
for name in LIMITS.split():
    os.environ.pop(name, None)

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    print(json.dumps({"cannot": f"import torch: {error}"}))
    sys.exit(1)

# steps between two looks at the clock, for a GPU that must be waited for
STEPS_A_LOOK = 5


class GhostBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm of each part of the batch; the parts' statistics are averaged before they enter the running ones."""

    def __init__(self, channels, splits, **options):
        super().__init__(channels, **options)
        self.splits = splits

    def _check_input_dim(self, x):
        pass  # maps and flat values alike

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        parts = x.tensor_split(min(self.splits, len(x)))
        if self.running_mean is None:
            nothing = (None, None, self.weight, self.bias, True, 0.0, self.eps)
            return torch.cat([functional.batch_norm(part, *nothing) for part in parts])
        # each part updates the running statistics of its own, from where they were
        running = [(self.running_mean.clone(), self.running_var.clone()) for _ in parts]
        y = torch.cat([
            functional.batch_norm(part, mean, variance, self.weight, self.bias, True, self.momentum, self.eps)
            for part, (mean, variance) in zip(parts, running)
        ])
        self.running_mean.copy_(torch.stack([mean for mean, _ in running]).mean(0))
        self.running_var.copy_(torch.stack([variance for _, variance in running]).mean(0))
        return y


class Call(nn.Module):
    """A function of values as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *values):
        return self.function(*values)


def batch_norm(o, shape):
    kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
    return kind(shape[0], eps=o["epsilon"], momentum=o["momentum"])


# by kind: the module of a node with these fields and this shape of its first input, without the batch
LAYERS = {
    "conv": lambda o, s: nn.Conv2d(
        s[0], o["out"], o["kernel"], o["stride"], o["padding"], o["dilation"], o["groups"], o["bias"]
    ),
    "linear": lambda o, s: nn.Linear(s[0], o["out"], o["bias"]),
    "flatten": lambda o, s: nn.Flatten(),
    "batchNorm": batch_norm,
    "ghostBatchNorm": lambda o, s: GhostBatchNorm(s[0], o["splits"], eps=o["epsilon"], momentum=o["momentum"]),
    "groupNorm": lambda o, s: nn.GroupNorm(o["groups"], s[0], o["epsilon"]),
    "layerNorm": lambda o, s: nn.LayerNorm(s, o["epsilon"]),
    "instanceNorm": lambda o, s: nn.InstanceNorm2d(s[0], o["epsilon"]),
    "relu": lambda o, s: nn.ReLU(),
    "relu6": lambda o, s: nn.ReLU6(),
    "tanh": lambda o, s: nn.Tanh(),
    "sigmoid": lambda o, s: nn.Sigmoid(),
    "silu": lambda o, s: nn.SiLU(),
    "hardSwish": lambda o, s: nn.Hardswish(),
    "gelu": lambda o, s: nn.GELU(),
    "leakyRelu": lambda o, s: nn.LeakyReLU(o["slope"]),
    "prelu": lambda o, s: nn.PReLU(1 if o["shared"] else s[0]),
    "maxPool": lambda o, s: nn.MaxPool2d(o["size"], o["stride"], o["padding"]),
    "averagePool": lambda o, s: nn.AvgPool2d(o["size"], o["stride"]),
    "globalAveragePool": lambda o, s: Call(lambda x: x.mean((2, 3))),
    "globalMaxPool": lambda o, s: Call(lambda x: x.amax((2, 3))),
    "dropout": lambda o, s: nn.Dropout(o["p"]),
    # Dropout2d of a flat value would take its batch for channels
    "channelDropout": lambda o, s: nn.Dropout2d(o["p"]) if len(s) == 3 else nn.Dropout(o["p"]),
    "add": lambda o, s: Call(lambda first, *others: sum(others, first)),
    "concat": lambda o, s: Call(lambda *values: torch.cat(values, 1)),
}


class Network(nn.Module):
    """The nodes in order; those of a repeated layer share their module."""

    def __init__(self, nodes, logits):
        super().__init__()
        self.places = nn.ModuleDict()
        self.steps = []
        for node in nodes:
            operation, place = node["operation"], f"{node['place']} {node['operation']['kind']}".replace(".", "-")
            if operation["kind"] not in LAYERS:
                raise LookupError(f"layers of the kind \"{operation['kind']}\"")
            if place not in self.places:
                self.places[place] = LAYERS[operation["kind"]](operation, node["inputShape"])
            self.steps.append((self.places[place], node["inputs"], node["output"]))
        self.logits = logits

    def forward(self, image):
        values = {0: image}
        for module, inputs, output in self.steps:
            values[output] = module(*[values[i] for i in inputs])
        return values[self.logits]


def optimizer_of(o, groups, **options):
    kind, rate, decay = o["kind"], o["learningRate"], {"weight_decay": o["weightDecay"], **options}
    if kind == "sgd":
        return torch.optim.SGD(groups, rate, o["momentum"], nesterov=o["nesterov"], **decay)
    if kind in ("adam", "adamW"):
        rule = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
        return rule(groups, rate, (o["beta1"], o["beta2"]), o["epsilon"], **decay)
    if kind == "rmsProp":
        return torch.optim.RMSprop(groups, rate, o["alpha"], o["epsilon"], momentum=o["momentum"], **decay)
    if kind == "adadelta":
        return torch.optim.Adadelta(groups, rate, o["rho"], o["epsilon"], **decay)
    if kind == "adagrad":
        return torch.optim.Adagrad(groups, rate, eps=o["epsilon"], **decay)
    raise LookupError(f'the optimizer "{kind}"')


NORMS = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.LayerNorm)


def undecayed_names(model):
    """Parameters that `decayNormAndBias: false` leaves alone."""
    return {
        f"{prefix}.{name}"
        for prefix, module in model.named_modules()
        for name, _ in module.named_parameters(recurse=False)
        if name == "bias" or isinstance(module, NORMS)
    }


class Trainer:
    """One network with its recipe, or several at once as an ensemble."""

    def __init__(self, network, training, variant, trials, device):
        self.training, self.variant, self.device = training, variant, device
        self.trials = trials if variant == "ensemble" else 1
        self.batch = training["batchSize"]
        torch.manual_seed(0)
        models = [Network(**network).to(device).train() for _ in range(self.trials)]
        self.model = models[0]
        self.parameters = sum(p.numel() for p in self.model.parameters())
        lead = (self.trials, self.batch) if variant == "ensemble" else (self.batch,)
        self.x = torch.rand(*lead, 1, 28, 28, device=device)
        self.y = torch.randint(0, 10, lead, device=device)
        if variant == "channels_last":
            self.model.to(memory_format=torch.channels_last)
            self.x = self.x.to(memory_format=torch.channels_last)
        named = self.stack(models) if variant == "ensemble" else dict(self.model.named_parameters())
        self.all = list(named.values())
        o = training["optimizer"]
        spared = set() if o["decayNormAndBias"] else undecayed_names(self.model)
        groups = [{"params": [p for name, p in named.items() if name not in spared]}]
        if spared:
            groups.append({"params": [p for name, p in named.items() if name in spared], "weight_decay": 0})
        # a captured graph holds the step's number as well
        capturable = {"capturable": True} if variant == "graph" and o["kind"] != "sgd" else {}
        self.optimizer = optimizer_of(o, groups, **capturable)
        self.averages = [p.detach().clone() for p in self.all] if training.get("average") else []
        if variant == "graph":
            self.step = self.captured()
        else:
            self.step = self.ensemble_step if variant == "ensemble" else self.eager_step

    def loss(self, logits, labels):
        return functional.cross_entropy(logits, labels, label_smoothing=self.training["labelSmoothing"])

    def eager_step(self):
        # a captured graph writes its gradients to the same memory each time
        self.optimizer.zero_grad(set_to_none=self.variant != "graph")
        loss = self.loss(self.model(self.x), self.y)
        if self.training["l1"] > 0:
            loss = loss + self.training["l1"] * sum(p.abs().sum() for p in self.all)
        loss.backward()
        self.finish()

    def finish(self):
        if self.training.get("clipNorm"):
            nn.utils.clip_grad_norm_(self.all, self.training["clipNorm"])
        self.optimizer.step()
        if self.averages:
            with torch.no_grad():
                torch._foreach_lerp_(self.averages, self.all, 1 - self.training["average"]["decay"])

    def captured(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.eager_step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.eager_step()
        return graph.replay

    def stack(self, models):
        from torch.func import functional_call, grad, stack_module_state, vmap
        if self.training.get("clipNorm"):
            raise LookupError("a clipped norm for each model of an ensemble")
        for module in (m for model in models for m in model.modules()):
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.track_running_stats = False
                module.running_mean = module.running_var = module.num_batches_tracked = None
        parameters, buffers = stack_module_state(models)
        base, l1 = models[0], self.training["l1"]

        def loss(p, b, x, y):
            value = self.loss(functional_call(base, (p, b), (x,)), y)
            return value + l1 * sum(each.abs().sum() for each in p.values()) if l1 > 0 else value

        gradients = vmap(grad(loss), in_dims=(0, 0, 0, 0), randomness="different")
        leaves = {name: p.detach().requires_grad_() for name, p in parameters.items()}

        def ensemble_step():
            # every rule works element by element, so stacked parameters are updated as each model's would be
            with torch.no_grad():
                found = gradients(leaves, buffers, self.x, self.y)
            for name, p in leaves.items():
                p.grad = found[name]
            self.finish()

        self.ensemble_step = ensemble_step
        return leaves

    def run(self, seconds):
        """Images per second over so long, and at least a step."""
        done, start, elapsed = 0, time.perf_counter(), 0.0
        while done == 0 or elapsed < seconds:
            for _ in range(STEPS_A_LOOK if self.device.type == "cuda" else 1):
                self.step()
                done += 1
            if self.device.type == "cuda":
                torch.cuda.synchronize()
            elapsed = time.perf_counter() - start
        return done * self.batch * self.trials / elapsed

    def logits(self, tensors, images):
        """Logits of images `[N,28,28]` with these tensors: parameters, then running statistics, in layer order."""
        model = self.model.double().eval()
        state = dict(model.named_buffers())
        statistics = [b for name, b in state.items() if not name.endswith("num_batches_tracked")]
        with torch.no_grad():
            for own, given in zip([*model.parameters(), *statistics], tensors, strict=True):
                own.copy_(torch.tensor(given, dtype=torch.float64).reshape(own.shape))
            return model(torch.tensor(images, dtype=torch.float64).reshape(-1, 1, 28, 28)).flatten().tolist()


def answer(request, device, trainer):
    """The answer, and the trainer that is then at hand."""
    ask = request["ask"]
    if ask == "version":
        name = "cpu" if device.type == "cpu" else torch.cuda.get_device_name()
        return {"torch": torch.__version__, "device": name}, trainer
    if ask == "prepare":
        trainer = Trainer(request["network"], request["training"], request["variant"], request["trials"], device)
        return {"parameters": trainer.parameters}, trainer
    if ask == "measure":
        laps = [trainer.run(request["seconds"]) for _ in range(request["laps"])]
        return {"imagesPerSecond": laps}, trainer
    return {"logits": trainer.logits(request["tensors"], request["images"])}, trainer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print(json.dumps({"cannot": f"use CUDA: torch {torch.__version__} finds none"}))
        sys.exit(1)
    device = torch.device(arguments.device)
    torch.set_num_threads(1)
    trainer = None
    for line in sys.stdin:
        try:
            said, trainer = answer(json.loads(line), device, trainer)
        except Exception as error:  # whatever PyTorch cannot do is an answer, not an end
            said = {"cannot": str(error).splitlines()[0] if str(error) else type(error).__name__}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()

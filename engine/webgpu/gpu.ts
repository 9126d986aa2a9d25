/**
 * A GPU that is open for work: the adapter that was chosen, its device, and errors that say where they come from.
 *
 * @module
 */
import { DeviceError } from "../engine.ts";
import type { Kernel } from "./kernel.ts";

/** A kernel that the driver has compiled, with the layout of its buffers. */
export interface CompiledKernel {
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** What WebGPU promises everywhere. */
const DEFAULT_BINDING_BYTES = 128 << 20;
/** Bytes of memory are counted in u32. */
const MOST_BYTES = 0xffff_fffc;

/** Names of software adapters, for drivers that do not say so. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|softpipe|basic render/i;

/** The adapter that Deno would choose, and whether a processor pretends to be it; undefined where there is none. */
export async function findAdapter(): Promise<
  { readonly adapter: GPUAdapter; readonly name: string; readonly isSoftware: boolean } | undefined
> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const { description, vendor, device, isFallbackAdapter } = adapter.info;
  const name = description || `${vendor} ${device}`.trim() || "unnamed adapter";
  return { adapter, name, isSoftware: isFallbackAdapter || SOFTWARE.test(name) };
}

const NO_ADAPTER =
  "Cannot start the webgpu engine: expected a GPU that WebGPU can use, got none; install its " +
  "Vulkan driver (on Debian also libvulkan1), or use --engine wasm";

export class Gpu {
  readonly name: string;
  readonly isSoftware: boolean;
  readonly device: GPUDevice;
  /** Whether kernels can be timed on the device. */
  readonly hasTimestamps: boolean;
  readonly maximumBufferBytes: number;
  readonly #stepLayout: GPUBindGroupLayout;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Promise<CompiledKernel>>();
  #failure: DeviceError | undefined;
  #closed = false;

  private constructor(
    { device, name, isSoftware }: { device: GPUDevice; name: string; isSoftware: boolean },
  ) {
    this.device = device;
    this.name = name;
    this.isSoftware = isSoftware;
    this.hasTimestamps = device.features.has("timestamp-query");
    this.maximumBufferBytes = Math.min(
      device.limits.maxStorageBufferBindingSize,
      device.limits.maxBufferSize,
    );
    this.#stepLayout = device.createBindGroupLayout({
      entries: [{
        binding: 0,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "uniform", hasDynamicOffset: true },
      }],
    });
    device.lost.then(({ reason, message }) => {
      if (!this.#closed) {
        this.#failure ??= this.error("use", "a GPU that stays", `a lost device (${reason}: ${message})`);
      }
    });
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      // Deno's types have this as a plain event
      const message = event instanceof GPUUncapturedErrorEvent ? event.error.message : "an error";
      this.#failure ??= this.error("use", "accepted commands", message);
    });
  }

  /**
   * Opens the adapter with all the memory that it lets a kernel bind.
   *
   * @throws {Error} If there is none, or it cannot bind what WebGPU promises.
   */
  static async open(): Promise<Gpu> {
    const found = await findAdapter();
    if (!found) throw new Error(NO_ADAPTER);
    const { adapter, name } = found, { limits } = adapter;
    if (limits.maxStorageBufferBindingSize < DEFAULT_BINDING_BYTES) {
      throw new Error(
        `Cannot start the webgpu engine on "${name}": expected to bind ${DEFAULT_BINDING_BYTES} bytes, ` +
          `got ${limits.maxStorageBufferBindingSize}; use --engine wasm`,
      );
    }
    try {
      const device = await adapter.requestDevice({
        label: "under20k",
        requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
        requiredLimits: {
          maxStorageBufferBindingSize: Math.min(limits.maxStorageBufferBindingSize, MOST_BYTES),
          maxBufferSize: Math.min(limits.maxBufferSize, MOST_BYTES),
        },
      });
      return new Gpu({ ...found, device });
    } catch (error) {
      throw new Error(
        `Cannot start the webgpu engine on "${name}": expected a device, got "${
          error instanceof Error ? error.message : error
        }"; update its driver, or use --engine wasm`,
        { cause: error },
      );
    }
  }

  /** An error that names the adapter; `next` says what may help. */
  error(
    action: string,
    wanted: string,
    got: string,
    next = "run the same command again to continue",
  ): DeviceError {
    const what = got.replace(/\s+/g, " ").trim();
    return new DeviceError(
      `Cannot ${action} "${this.name}": expected ${wanted}, got ${what}; ${next}, or use --engine wasm`,
    );
  }

  /** @throws {DeviceError} What went wrong since the device was opened, if anything did. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** A trial's buffers do not fit, even alone. */
  tooLittleMemory(): DeviceError {
    return this.error("train on", "memory for one trial", "too little memory", 'use a smaller "batchSize"');
  }

  /** Waits until everything submitted is done. This holds the thread, as Deno 2.9 does it. */
  async finish(): Promise<void> {
    this.check();
    await this.device.queue.onSubmittedWorkDone();
    this.check();
  }

  /** A kernel, compiled once. */
  compile(kernel: Kernel): Promise<CompiledKernel> {
    const known = this.#pipelines.get(kernel.code);
    if (known) return known.then((compiled) => ({ ...compiled, kernel }));
    const compiling = this.#compile(kernel);
    this.#pipelines.set(kernel.code, compiling);
    return compiling;
  }

  async #compile(kernel: Kernel): Promise<CompiledKernel> {
    const { device } = this, { label, code } = kernel;
    const layout = this.#layoutOf(kernel);
    // popped before anything is awaited, since compilations run side by side
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code });
    const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [this.#stepLayout, layout] });
    const moduleError = device.popErrorScope();
    try {
      const error = await moduleError;
      if (error) throw error;
      const pipeline = await device.createComputePipelineAsync({
        label,
        layout: pipelineLayout,
        compute: { module, entryPoint: "main" },
      });
      return { kernel, pipeline, layout };
    } catch (error) {
      const message = error instanceof Error || error instanceof GPUError ? error.message : String(error);
      throw this.error(`compile kernel "${label}" for`, "WGSL that it takes", message);
    }
  }

  #layoutOf({ bindings }: Kernel): GPUBindGroupLayout {
    const key = bindings.map(({ write }) => write ? "w" : "r").join("");
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.device.createBindGroupLayout({
        entries: bindings.map(({ write }, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: write ? "storage" : "read-only-storage" } as const,
        })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** The bind group of step records: a uniform buffer with a moving offset. */
  bindSteps(buffer: GPUBuffer, bytes: number): GPUBindGroup {
    return this.device.createBindGroup({
      layout: this.#stepLayout,
      entries: [{ binding: 0, resource: { buffer, size: bytes } }],
    });
  }

  /** Buffers of these sizes in bytes, all zeros; undefined where the memory does not suffice. */
  async allocate(sizes: ReadonlyMap<string, number>): Promise<Map<string, GPUBuffer> | undefined> {
    const { device } = this;
    device.pushErrorScope("out-of-memory");
    const buffers = new Map<string, GPUBuffer>();
    let failed = false;
    try {
      for (const [label, bytes] of sizes) {
        const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
        buffers.set(label, device.createBuffer({ label, size: Math.max(16, bytes), usage }));
      }
    } catch {
      failed = true;
    }
    if (await device.popErrorScope() || failed) {
      for (const buffer of buffers.values()) buffer.destroy();
      return undefined;
    }
    return buffers;
  }

  close(): void {
    this.#closed = true;
    this.device.destroy();
  }
}

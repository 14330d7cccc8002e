/**
 * A GPU for tests on machines without one: Chromium brings a software Vulkan device (SwiftShader). The loader must be
 * pointed at it before ONNX Runtime first asks, in a process of its own (vitest's forks).
 */
import { existsSync } from 'node:fs';

const DRIVERS = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib64/chromium-browser/vk_swiftshader_icd.json',
];
const LOADERS = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib64/libvulkan.so.1'];

/** For VK_ICD_FILENAMES. */
export const vulkanDriver = DRIVERS.find(existsSync);

/** Why there is none, or null. */
export const noVulkan =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'software Vulkan is set up for Linux on x64 only'
    : vulkanDriver === undefined
      ? "no software Vulkan device: Chromium's vk_swiftshader_icd.json is not installed"
      : !LOADERS.some(existsSync)
        ? 'no Vulkan loader: libvulkan.so.1 is not installed'
        : null;
if (noVulkan !== null) console.warn(`WebGPU is not tested: ${noVulkan}`);

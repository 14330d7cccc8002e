/**
 * ONNX Runtime tells its maker of its use (on Linux since 1.30: a device number in the user's cache, and uploads) unless
 * this variable is set before its first session. To be imported by whatever begins a process of ours.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';

"""Opening an ONNX file's bytes in onnxruntime, on one thread, with errors in our words."""

from typing import Any

from poseformer_ros.errors import BadInput

PROVIDERS = {'cpu': 'CPUExecutionProvider', 'cuda': 'CUDAExecutionProvider'}


def open_session(content: bytes, name: str, remedy: str, device: str = 'cpu') -> Any:
    """An onnxruntime session on one thread; scan the bytes before (`onnx_scan.py`).

    name, remedy: for error texts. device: key of PROVIDERS.
    Raises BadInput where onnxruntime or the device is not there, and for bytes that onnxruntime refuses.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise BadInput(f'{name}: {error}; pip install -r requirements/station.txt') from error
    offered = onnxruntime.get_available_providers()
    if PROVIDERS.get(device) not in offered:
        raise BadInput(f"device {device!r}: onnxruntime here offers {', '.join(offered)}; take 'cpu', or install onnxruntime-gpu")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4      # its errors come as exceptions, in our words
    try:
        return onnxruntime.InferenceSession(content, options, providers=[PROVIDERS[device]], enable_fallback=0)
    except Exception as error:      # onnxruntime raises kinds of its own, derived from Exception alone
        raise BadInput(f'{name}: onnxruntime cannot open it ({str(error)[:200]}); {remedy}') from error

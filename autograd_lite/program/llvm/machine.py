"""Assembly language turned into machine code in memory, by llvmlite, and called."""

import contextlib
import ctypes
import sys
import threading
from functools import cache
from typing import Any

from autograd_lite.engine.ops import Op
from autograd_lite.program.llvm.kernel import Assembly

__all__ = ["Compiled"]

LARGEST = 4_000
"""Instructions of programs that are optimised in full, which takes time by the square of their number."""
_LOCK = threading.Lock()  # LLVM's set-up and llvmlite's managers are one thread's at a time
Pointer = ctypes.POINTER(ctypes.c_double)


class Compiled:
    """The machine code of a loop, which is freed with this object."""

    def __init__(self, source: Assembly) -> None:
        import llvmlite.binding as llvm

        self._raised = threading.local()
        self._callbacks = {name: self._callback(op) for name, op in source.foreign.items()}
        with _LOCK:
            target = _target(source.size)
            module = llvm.parse_assembly(source.text)
            module.verify()
            module.triple, module.data_layout = target.triple, str(target.target_data)
            tuning = llvm.create_pipeline_tuning_options(speed_level=2 if source.size <= LARGEST else 1)
            builder = llvm.create_pass_builder(target, tuning)
            builder.getModulePassManager().run(module, builder)
            self._engine = llvm.create_mcjit_compiler(module, target)
            addresses: dict[str, Any] = {name: _address(name) for name in source.library}
            for name, callback in self._callbacks.items():
                addresses[name] = ctypes.cast(callback, ctypes.c_void_p).value
            for name, address in addresses.items():
                with contextlib.suppress(NameError):  # it may turn out that nothing needs it
                    self._engine.add_global_mapping(module.get_function(f"al.{name}"), address)
            self._engine.finalize_object()
            address = self._engine.get_function_address("loop")
        number, array = ctypes.c_int64, Pointer
        kinds = (number, array, array, array, array, number, number, array, array, number)
        self._call = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(address)

    def _callback(self, op: Op) -> Any:
        def called(*args: float) -> float:
            if self._raised.error is not None:  # the machine code goes on to its end, but what it gives is not wanted
                return float("nan")
            try:
                return float(op.fn(*args))
            except BaseException as error:  # noqa: BLE001  (raised again when the machine code is done)
                self._raised.error = error
                return float("nan")

        return ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * op.arity)(called)

    def __call__(self, *args: Any) -> bool:
        """Run it; return whether all comparisons came out as they were recorded."""
        self._raised.error = None
        broken = self._call(*args)
        if self._raised.error is not None:
            raise self._raised.error
        return not broken


@cache
def _processor() -> tuple[Any, str, str]:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _target(size: int) -> Any:
    """What to make machine code for; each engine takes one of its own."""
    target, name, features = _processor()
    return target.create_target_machine(cpu=name, features=features, opt=2 if size <= LARGEST else 0, jit=True)


@cache
def _address(name: str) -> int:
    """The address of a function of the C library that Python itself uses."""
    library = "ucrtbase" if sys.platform == "win32" else None  # Windows has no name for the process itself
    function = getattr(ctypes.CDLL(library), name)
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address

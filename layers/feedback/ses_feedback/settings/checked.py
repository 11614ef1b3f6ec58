"""What pydantic checks of the settings, said without importing pydantic.

Functions load settings that `sam build` has checked, so they never pay for pydantic: only `checks` imports it, and
pydantic then asks these classes what to check.
"""

from typing import Any, Literal

from msgspec import Struct, structs


class Table(Struct, frozen=True):
    """A table of the file; a key that it does not know is a fault.

    msgspec's classes are made in a twentieth of the time of dataclasses, and there are twenty of them.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        fields = {
            field.name: core_schema.typed_dict_field(handler.generate_schema(field.type), required=field.required)
            for field in structs.fields(cls)
        }
        table = core_schema.typed_dict_schema(fields, extra_behavior="forbid")
        return core_schema.no_info_after_validator_function(lambda values: cls(**values), table)


class Checked:
    """`Annotated[str, Checked("AfterValidator", check)]`: pydantic's validator of that name."""

    def __init__(self, validator: Literal["AfterValidator", "BeforeValidator", "WrapValidator"], check: Any) -> None:
        self._validator, self._check = validator, check

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        import pydantic

        return getattr(pydantic, self._validator)(self._check).__get_pydantic_core_schema__(source, handler)


class Between:
    """A number of at least and at most this."""

    def __init__(self, least: int, most: int) -> None:
        self._range = {"ge": least, "le": most}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler(source) | self._range

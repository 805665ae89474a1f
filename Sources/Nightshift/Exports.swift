// Values that the library's own speak of: the state of an item, how a run ended, a JSON value.
@_exported public import LosslessJSON
@_exported public import NightshiftCore

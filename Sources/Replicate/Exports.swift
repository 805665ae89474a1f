@_exported public import LosslessJSON
@_exported public import ReplicateAPI

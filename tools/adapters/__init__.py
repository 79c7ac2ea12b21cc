"""Model wrappers, one file per family; torch, transformers and onnxruntime are imported in load functions only."""

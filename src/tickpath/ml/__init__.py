"""Train on stored features, write ONNX, keep models. Cold; needs the extra `ml` when used.

samples.py store -> rows and targets; fit.py the models and their folds; export.py -> ONNX;
parity.py native against ONNX Runtime and the library; registry.py models on disk.
"""

"""The FPGA overlay: what drives it, what simulates it, and the integers it must give."""

# PYNQ-Z2: Zynq-7020. Its board files are TUL's; Vivado fetches them with
#   xhub::install [xhub::get_xitems *pynq-z2*]
set part xc7z020clg400-1
set board_part tul.com.tw:pynq-z2:part0
set clock_mhz 100
set ns_per_clock 10
set memory_bits 64

# The processor: `ps`, its clock, reset, register port and memory port by name.
proc add_processor {clock_mhz} {
    set ps [add_ip processing_system7 ps]
    apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 \
        -config {make_external "FIXED_IO, DDR" apply_board_preset 1 Master Disable Slave Disable} $ps
    set_property -dict [list \
        CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ $clock_mhz \
        CONFIG.PCW_USE_M_AXI_GP0 1 \
        CONFIG.PCW_USE_S_AXI_HP0 1 \
        CONFIG.PCW_S_AXI_HP0_DATA_WIDTH 64] $ps
    return [dict create clock ps/FCLK_CLK0 reset ps/FCLK_RESET0_N \
        registers ps/M_AXI_GP0 registers_clock ps/M_AXI_GP0_ACLK \
        memory ps/S_AXI_HP0 memory_clock ps/S_AXI_HP0_ACLK]
}

# KV260: Zynq UltraScale+ on a K26 module. Its board files come with Vivado.
set part xck26-sfvc784-2LV-c
set board_part xilinx.com:kv260_som:part0
set clock_mhz 200
set ns_per_clock 5
set memory_bits 128

# The processor: `ps`, its clock, reset, register port and memory port by name.
proc add_processor {clock_mhz} {
    set ps [add_ip zynq_ultra_ps_e ps]
    apply_bd_automation -rule xilinx.com:bd_rule:zynq_ultra_ps_e \
        -config {apply_board_preset 1} $ps
    set_property -dict [list \
        CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ $clock_mhz \
        CONFIG.PSU__USE__M_AXI_GP0 1 \
        CONFIG.PSU__USE__M_AXI_GP1 0 \
        CONFIG.PSU__USE__M_AXI_GP2 0 \
        CONFIG.PSU__USE__S_AXI_GP2 1 \
        CONFIG.PSU__SAXIGP2__DATA_WIDTH 128] $ps
    return [dict create clock ps/pl_clk0 reset ps/pl_resetn0 \
        registers ps/M_AXI_HPM0_FPD registers_clock ps/maxihpm0_fpd_aclk \
        memory ps/S_AXI_HP0_FPD memory_clock ps/saxihp0_fpd_aclk]
}

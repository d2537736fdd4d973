# The overlay for a board: tickpath.bit and tickpath.hwh, and the reports that say whether it is sound.
#
#   vivado -mode batch -source fpga/vivado/build.tcl -tclargs pynq_z2 build/vivado/pynq_z2 0x1234abcd
#
# Arguments: a board of boards/, the folder of the results, the BUILD word (see README.md).
# NOT RUN IN VIVADO YET: check.py runs it against a stub of Vivado's commands.

lassign $argv board out build_word
if {$board eq "" || $out eq ""} {
    error "usage: -tclargs BOARD FOLDER \[BUILD_WORD\]"
}
if {$build_word eq ""} { set build_word 0 }
set build_word [expr {($build_word & 0x7fffffff) - ($build_word & 0x80000000)}]
set here [file normalize [file dirname [info script]]]
set rtl [file normalize [file join $here .. rtl]]
if {![file exists $here/boards/$board.tcl]} {
    error "no board $board: [glob -directory $here/boards -tails *.tcl]"
}

# newest version of an IP of the catalogue
proc add_ip {name cell} {
    set found [lsort -dictionary [get_ipdefs -all *:*:$name:*]]
    if {[llength $found] == 0} { error "Vivado has no IP $name" }
    return [create_bd_cell -type ip -vlnv [lindex $found end] $cell]
}

source $here/boards/$board.tcl
if {[llength [get_board_parts -quiet $board_part*]] == 0} {
    error "no files of $board_part: install the board's files first, see boards/$board.tcl"
}
set board_part [lindex [lsort -dictionary [get_board_parts $board_part*]] end]
file mkdir $out

# ---------------------------------------------------------------- tickpath:user:tp_top:1.0
set sources [concat [lsort [glob $rtl/*_pkg.sv]] [lsort [glob $rtl/*.sv]] [list $here/overlay.v]]
create_project -force -part $part tp_top $out/ip_project
add_files -norecurse [lsort -unique $sources]
set_property top tp_overlay [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir $out/ip -vendor tickpath -library user -taxonomy /UserIP \
    -import_files -force
set core [ipx::current_core]
set_property name tp_top $core
set_property version 1.0 $core
set_property display_name "tickpath overlay" $core
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::save_core $core
close_project

# ---------------------------------------------------------------- the design
create_project -force -part $part tickpath $out/project
set_property board_part $board_part [current_project]
set_property ip_repo_paths [list $out/ip] [current_project]
update_ip_catalog
create_bd_design tickpath

set ps [add_processor $clock_mhz]
set clock [get_bd_pins [dict get $ps clock]]
set reset [add_ip proc_sys_reset reset]
connect_bd_net $clock [get_bd_pins reset/slowest_sync_clk]
connect_bd_net [get_bd_pins [dict get $ps reset]] [get_bd_pins reset/ext_reset_in]
set resetn [get_bd_pins reset/peripheral_aresetn]
foreach port {registers_clock memory_clock} {
    connect_bd_net $clock [get_bd_pins [dict get $ps $port]]
}

set overlay [add_ip tp_top tp_top_0]
set_property -dict [list CONFIG.NS_PER_CLOCK $ns_per_clock CONFIG.BUILD $build_word] $overlay
connect_bd_net $clock [get_bd_pins tp_top_0/aclk]
connect_bd_net $resetn [get_bd_pins tp_top_0/aresetn]

# a DMA: stream out of memory, its bits, stream into memory, its bits
set dmas {
    dma_rows     s_axis_rows     256 m_axis_scores   128
    dma_messages s_axis_messages 128 m_axis_verdicts 64
    dma_feed     s_axis_feed     64  m_axis_orders   64
}
set masters {}
set slaves {tp_top_0/s_axil}
foreach {name to to_bits from from_bits} $dmas {
    set dma [add_ip axi_dma $name]
    set_property -dict [list \
        CONFIG.c_include_sg 0 \
        CONFIG.c_sg_include_stscntrl_strm 0 \
        CONFIG.c_sg_length_width 26 \
        CONFIG.c_addr_width 32 \
        CONFIG.c_m_axi_mm2s_data_width $to_bits \
        CONFIG.c_m_axis_mm2s_tdata_width $to_bits \
        CONFIG.c_include_mm2s_dre [expr {$to_bits == 64}] \
        CONFIG.c_mm2s_burst_size 16 \
        CONFIG.c_m_axi_s2mm_data_width $from_bits \
        CONFIG.c_s_axis_s2mm_tdata_width $from_bits \
        CONFIG.c_include_s2mm_dre [expr {$from_bits == 64}] \
        CONFIG.c_s2mm_burst_size 16] $dma
    connect_bd_intf_net [get_bd_intf_pins $name/M_AXIS_MM2S] [get_bd_intf_pins tp_top_0/$to]
    connect_bd_intf_net [get_bd_intf_pins tp_top_0/$from] [get_bd_intf_pins $name/S_AXIS_S2MM]
    foreach pin {s_axi_lite_aclk m_axi_mm2s_aclk m_axi_s2mm_aclk} {
        connect_bd_net $clock [get_bd_pins $name/$pin]
    }
    connect_bd_net $resetn [get_bd_pins $name/axi_resetn]
    lappend masters $name/M_AXI_MM2S $name/M_AXI_S2MM
    lappend slaves $name/S_AXI_LITE
}

# an interconnect from pins to pins
proc join_pins {cell clock resetn masters slaves} {
    set smart [add_ip smartconnect $cell]
    set_property -dict [list CONFIG.NUM_SI [llength $masters] CONFIG.NUM_MI [llength $slaves]] $smart
    connect_bd_net $clock [get_bd_pins $cell/aclk]
    connect_bd_net $resetn [get_bd_pins $cell/aresetn]
    foreach {pins format} [list $masters S%02d_AXI $slaves M%02d_AXI] {
        set k 0
        foreach pin $pins {
            connect_bd_intf_net [get_bd_intf_pins $pin] \
                [get_bd_intf_pins $cell/[format $format $k]]
            incr k
        }
    }
}
join_pins registers $clock $resetn [list [dict get $ps registers]] $slaves
join_pins memory $clock $resetn $masters [list [dict get $ps memory]]

assign_bd_address
validate_bd_design
save_bd_design
set wrapper [make_wrapper -files [get_files tickpath.bd] -top]
add_files -norecurse $wrapper
set_property top tickpath_wrapper [current_fileset]
update_compile_order -fileset sources_1

# ---------------------------------------------------------------- bitstream and reports
set_property strategy Performance_ExplorePostRoutePhysOpt [get_runs impl_1]
launch_runs impl_1 -to_step write_bitstream -jobs 4
wait_on_runs impl_1
if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} {
    error "the build failed: see $out/project/tickpath.runs/impl_1/runme.log"
}
open_run impl_1
report_timing_summary -file $out/timing.rpt
report_utilization -file $out/utilization.rpt
report_methodology -file $out/methodology.rpt
file copy -force $out/project/tickpath.runs/impl_1/tickpath_wrapper.bit $out/tickpath.bit
file copy -force [lindex [glob $out/project/tickpath.gen/sources_1/bd/tickpath/hw_handoff/*.hwh] 0] \
    $out/tickpath.hwh
if {[get_property STATS.WNS [get_runs impl_1]] < 0 || [get_property STATS.WHS [get_runs impl_1]] < 0} {
    error "timing is not met: the bitstream is not sound; python fpga/vivado/timing.py $out"
}

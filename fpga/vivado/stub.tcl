# Vivado's commands as far as build.tcl uses them: each call is printed, one line, fields parted by
# tabs, and answered with something of the right shape. An unknown command fails, as in Vivado.
proc tell {args} { puts [join $args \t] }

foreach name {
    create_project close_project add_files update_compile_order update_ip_catalog create_bd_design
    apply_bd_automation connect_bd_net connect_bd_intf_net assign_bd_address validate_bd_design
    save_bd_design wait_on_runs open_run report_timing_summary report_utilization report_methodology
    ipx::package_project ipx::create_xgui_files ipx::update_checksums ipx::save_core
} {
    if {[string match ipx::* $name]} { namespace eval ipx {} }
    proc $name {args} "tell $name {*}\$args"
}

foreach name {get_bd_pins get_bd_intf_pins get_runs get_files} {
    proc $name {name} { return $name }
}
proc ipx::current_core {} { return ip }
proc current_fileset {} { return fileset }
proc current_project {} { return project }
proc get_board_parts {args} { return [string trimright [lindex $args end] *]:1.0 }
proc get_ipdefs {args} {
    set name [lindex [split [lindex $args end] :] 2]
    return [expr {$name eq "tp_top" ? "tickpath:user:tp_top:1.0" : "xilinx.com:ip:$name:1.0"}]
}
proc create_bd_cell {args} {
    tell create_bd_cell {*}$args
    return [lindex $args end]
}
proc set_property {args} {
    if {[lindex $args 0] eq "-dict"} {
        foreach {key value} [lindex $args 1] { tell set_property $key $value [lindex $args 2] }
    } else {
        tell set_property {*}$args
    }
}
proc get_property {name object} { return [expr {$name eq "PROGRESS" ? "100%" : 0.25}] }
proc make_wrapper {args} { return $::out/tickpath_wrapper.v }
proc launch_runs {args} {
    tell launch_runs {*}$args
    foreach path {
        project/tickpath.runs/impl_1/tickpath_wrapper.bit
        project/tickpath.gen/sources_1/bd/tickpath/hw_handoff/tickpath.hwh
    } {
        file mkdir [file dirname $::out/$path]
        close [open $::out/$path w]
    }
}

set script [lindex $argv 0]
set argv [lrange $argv 1 end]
source $script

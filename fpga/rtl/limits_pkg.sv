// Written by tickpath.devices.fpga.limits_pkg from limits.toml. Do not edit.
// Registers can only tighten what stands here.
`default_nettype none
package tp_limits_pkg;
    // Not every build obeys every one.
    // verilator lint_off UNUSEDPARAM
    localparam [31:0] POSITION_CEILING_PPM = 32'd20000;
    localparam [31:0] ORDER_NOTIONAL_CEILING_PPM = 32'd20000;
    localparam [31:0] PRICE_COLLAR_PPM_MAX = 32'd50000;
    localparam [31:0] ORDER_RATE_PER_S_MAX = 32'd1000;
    localparam [31:0] MESSAGE_RATE_PER_S_MAX = 32'd5000;
    localparam [31:0] FAT_FINGER_PPM_MAX = 32'd50000;
    localparam [31:0] OPEN_ORDERS_MAX = 32'd1024;
    localparam [31:0] LEVERAGE_PPM_MAX = 32'd5000000;
    localparam [31:0] CONCENTRATION_PPM_MAX = 32'd1000000;
    localparam [63:0] DUPLICATE_NS_MAX = 64'd60000000000;
    localparam [63:0] STALE_NS_MAX = 64'd5000000000;
    localparam [63:0] CROSSED_NS_MAX = 64'd5000000000;
    localparam [31:0] CROSSED_MESSAGES_MAX = 32'd64;
    localparam [31:0] BANK_STRATEGIES_MAX = 32'd64;
    localparam [31:0] FEATURES_MAX = 32'd32;
    // verilator lint_on UNUSEDPARAM
endpackage
`default_nettype wire

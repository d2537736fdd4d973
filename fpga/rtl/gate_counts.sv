// Counters of the gate: one event a clock each, registered once, saturating. Reset: zero.
`default_nettype none
module tp_gate_counts (
    input  wire        aclk,
    input  wire        aresetn,
    input  wire        decided,    // an order got its verdict
    input  wire [9:0]  code,       // 0: allowed
    input  wire        error,      // a report or a reference was refused
    output reg  [31:0] orders,
    output reg  [31:0] allowed,
    output reg  [15:0] refused_state,      // disarmed or killed
    output reg  [15:0] refused_order,      // words, price or quantity
    output reg  [15:0] refused_collar,
    output reg  [15:0] refused_position,   // position, equity, overflow
    output reg  [15:0] refused_rate,
    output reg  [15:0] errors
);
    reg decided_reg, allowed_reg, state_reg, order_reg, collar_reg, position_reg, rate_reg;
    reg error_reg;

    // the carry says that a counter is full
    wire [32:0] orders_next   = {1'b0, orders} + 33'd1;
    wire [32:0] allowed_next  = {1'b0, allowed} + 33'd1;
    wire [16:0] state_next    = {1'b0, refused_state} + 17'd1;
    wire [16:0] order_next    = {1'b0, refused_order} + 17'd1;
    wire [16:0] collar_next   = {1'b0, refused_collar} + 17'd1;
    wire [16:0] position_next = {1'b0, refused_position} + 17'd1;
    wire [16:0] rate_next     = {1'b0, refused_rate} + 17'd1;
    wire [16:0] errors_next   = {1'b0, errors} + 17'd1;

    always @(posedge aclk) begin
        allowed_reg  <= code == 10'd0;
        state_reg    <= code == 10'd600;
        order_reg    <= code == 10'd602 || code == 10'd605 || code == 10'd606 || code == 10'd607;
        collar_reg   <= code == 10'd611;
        position_reg <= code == 10'd610 || code == 10'd614 || code == 10'd615;
        rate_reg     <= code == 10'd612;
        if (!aresetn) begin
            decided_reg      <= 1'b0;
            error_reg        <= 1'b0;
            orders           <= 0;
            allowed          <= 0;
            refused_state    <= 0;
            refused_order    <= 0;
            refused_collar   <= 0;
            refused_position <= 0;
            refused_rate     <= 0;
            errors           <= 0;
        end else begin
            decided_reg <= decided;
            error_reg   <= error;
            if (decided_reg && !orders_next[32]) orders <= orders_next[31:0];
            if (decided_reg && allowed_reg && !allowed_next[32]) allowed <= allowed_next[31:0];
            if (decided_reg && state_reg && !state_next[16]) refused_state <= state_next[15:0];
            if (decided_reg && order_reg && !order_next[16]) refused_order <= order_next[15:0];
            if (decided_reg && collar_reg && !collar_next[16]) refused_collar <= collar_next[15:0];
            if (decided_reg && position_reg && !position_next[16])
                refused_position <= position_next[15:0];
            if (decided_reg && rate_reg && !rate_next[16]) refused_rate <= rate_next[15:0];
            if (error_reg && !errors_next[16]) errors <= errors_next[15:0];
        end
    end

`ifdef FORMAL_ALONE
`include "gate_counts_proof.svh"
`endif
endmodule
`default_nettype wire

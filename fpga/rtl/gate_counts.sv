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
            if (decided_reg && !(&orders)) orders <= orders + 1'b1;
            if (decided_reg && allowed_reg && !(&allowed)) allowed <= allowed + 1'b1;
            if (decided_reg && state_reg && !(&refused_state))
                refused_state <= refused_state + 1'b1;
            if (decided_reg && order_reg && !(&refused_order))
                refused_order <= refused_order + 1'b1;
            if (decided_reg && collar_reg && !(&refused_collar))
                refused_collar <= refused_collar + 1'b1;
            if (decided_reg && position_reg && !(&refused_position))
                refused_position <= refused_position + 1'b1;
            if (decided_reg && rate_reg && !(&refused_rate)) refused_rate <= refused_rate + 1'b1;
            if (error_reg && !(&errors)) errors <= errors + 1'b1;
        end
    end

`ifdef FORMAL_ALONE
`include "gate_counts_proof.svh"
`endif
endmodule
`default_nettype wire

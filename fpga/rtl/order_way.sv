// tp_order_way: one way of the order table, a memory with one write and one read port.
//
// Latency: 1 clock from `re` to `q`, which stays until the next `re`. Reading what is written in
// the same clock gives the old word. No reset: the owner writes every word once before it reads.
`default_nettype none
module tp_order_way #(
    parameter integer SET_W = 10,
    parameter integer WORD_W = 114
) (
    input  wire              aclk,
    input  wire              we,
    input  wire [SET_W-1:0]  waddr,
    input  wire [WORD_W-1:0] wdata,
    input  wire              re,
    input  wire [SET_W-1:0]  raddr,
    output reg  [WORD_W-1:0] q
);
    reg [WORD_W-1:0] words [0:(1<<SET_W)-1];
    always @(posedge aclk) begin
        if (we) words[waddr] <= wdata;
        if (re) q <= words[raddr];
    end

`ifdef FORMAL
    // one word is followed: what is read of it is what was written last before
    (* anyconst *) wire [SET_W-1:0] watched;
    reg              written = 1'b0, known = 1'b0, past = 1'b0;
    reg [WORD_W-1:0] last, expected;
    always @(posedge aclk) begin
        past <= 1'b1;
        if (we && waddr == watched) begin
            written <= 1'b1;
            last <= wdata;
        end
        if (re) begin
            known <= raddr == watched && written;
            expected <= last;
        end
        if (written) a_kept: assert (words[watched] == last);
        if (known) a_read: assert (q == expected);
        if (past && !$past(re)) a_stays: assert ($stable(q));
        c_same_clock: cover (known && q != last && $past(we && re && waddr == raddr));
        c_again: cover (known && !$past(re) && $past(we) && q != last);
    end
`endif
endmodule
`default_nettype wire

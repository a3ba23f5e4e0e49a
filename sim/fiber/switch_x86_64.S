/*
 * void *fiber_jump(void **save, void *to, void *token)
 *
 * Keeps what the System V calling convention makes a callee keep: rbx, rbp, r12 to r15, and the
 * control words of SSE and x87. token is what the call on the other side returns, or the argument
 * of a function that has not run yet.
 */
    .text
    .globl  fiber_jump
    .type   fiber_jump, @function
fiber_jump:
    pushq   %rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    subq    $8, %rsp
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw   4(%rsp)
    addq    $8, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    movq    %rdx, %rax
    movq    %rdx, %rdi
    ret
    .size   fiber_jump, . - fiber_jump
    .section .note.GNU-stack, "", @progbits

package org.caisson.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BpfAssemblerTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 254, 255, 256, 257, 1000, 3000})
    void jumpsReachAnyDistance(int distance) {
        BpfAssembler assembler = new BpfAssembler();
        int near = assembler.newLabel();
        int far = assembler.newLabel();
        assembler.load(0).jumpIfEqual(7, far, near).place(near);
        for (int i = 0; i < distance; i++) {
            assembler.load(0);
        }
        assembler.answer(1).place(far).answer(2);
        byte[] program = assembler.assemble();
        assertThat(BpfInterpreter.run(program, 0, 7)).isEqualTo(2);
        assertThat(BpfInterpreter.run(program, 0, 8)).isEqualTo(1);
    }

    @Test
    void aLengthenedJumpMayLengthenAnother() {
        BpfAssembler assembler = new BpfAssembler();
        int end = assembler.newLabel();
        assembler.load(0);
        // Each jump is near enough only as long as those after it stay short.
        for (int i = 0; i < 300; i++) {
            int next = assembler.newLabel();
            assembler.jumpIfEqual(i, end, next).place(next);
        }
        assembler.answer(1).place(end).answer(2);
        byte[] program = assembler.assemble();
        assertThat(BpfInterpreter.run(program, 0, 0)).isEqualTo(2);
        assertThat(BpfInterpreter.run(program, 0, 299)).isEqualTo(2);
        assertThat(BpfInterpreter.run(program, 0, 300)).isEqualTo(1);
    }

    @Test
    void whatTheKernelWouldRefuseIsRefusedHere() {
        BpfAssembler backward = new BpfAssembler();
        int start = backward.newLabel();
        backward.place(start).load(0).jump(start);
        assertThatThrownBy(backward::assemble).hasMessageContaining("back");

        BpfAssembler unplaced = new BpfAssembler();
        unplaced.jump(unplaced.newLabel());
        assertThatThrownBy(unplaced::assemble).hasMessageContaining("no instruction");

        BpfAssembler tooLong = new BpfAssembler();
        for (int i = 0; i < BpfAssembler.MAX_INSTRUCTIONS; i++) {
            tooLong.load(0);
        }
        assertThatThrownBy(tooLong.answer(0)::assemble).hasMessageContaining("too long");
    }
}

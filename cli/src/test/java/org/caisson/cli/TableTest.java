package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        Table table = new Table("ID", "STATUS");
        table.row("a-long-name", "running");
        table.row("b", "stopped");
        assertThat(table).hasToString("""
                ID            STATUS
                a-long-name   running
                b             stopped
                """);
    }

    @Test
    void controlCharactersOfAProgramNeverReachTheTerminal() {
        Table table = new Table("COMMAND");
        table.row("evil\u001b[2J\n");
        assertThat(table).hasToString("COMMAND\nevil?[2J?\n");
    }
}

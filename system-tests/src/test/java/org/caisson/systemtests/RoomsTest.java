package org.caisson.systemtests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.Linker;

/** The rules between the rooms that module descriptors cannot state. */
@AnalyzeClasses(packages = "org.caisson", importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {
    @ArchTest
    static final ArchRule roomsHaveNoCycles =
            slices().matching("org.caisson.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyLinuxCallsNativeCode = noClasses()
            .that()
            .resideOutsideOfPackage("org.caisson.linux..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Linker.class);

    @ArchTest
    static final ArchRule fileSystemKnowsNoContainers = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.caisson.linux..",
                    "org.caisson.vfs..",
                    "org.caisson.image..",
                    "org.caisson.fuse..",
                    "org.caisson.nio..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.caisson.emulation..", "org.caisson.runtime..", "org.caisson.cli..");
}

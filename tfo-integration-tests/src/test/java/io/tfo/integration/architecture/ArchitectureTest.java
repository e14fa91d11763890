package io.tfo.integration.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.tfo.spi.FastOpenBackend;
import java.io.PrintStream;
import java.io.PrintWriter;

/** The architecture, over all modules. */
@AnalyzeClasses(
    packages = "io.tfo",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ArchitectureTest.DoNotIncludeFixtures.class
    })
class ArchitectureTest {
  /** Leaves out the jars of tests, which have the code that the tests of several modules share. */
  static final class DoNotIncludeFixtures implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  private static final String[] API = {
    "io.tfo",
    "io.tfo.log",
    "io.tfo.management",
    "io.tfo.nio",
    "io.tfo.socket",
    "io.tfo.spi",
    "io.tfo.timer"
  };
  private static final String JNA = "com.sun.jna..";

  @ArchTest
  static final ArchRule theApiNeedsNothingButTheJdk =
      classes()
          .that()
          .resideInAnyPackage(API)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "javax.management..",
              "javax.crypto..",
              "javax.net..",
              "jdk.jfr",
              "org.jspecify..",
              "io.tfo",
              "io.tfo.log",
              "io.tfo.management",
              "io.tfo.nio",
              "io.tfo.socket",
              "io.tfo.spi",
              "io.tfo.timer");

  @ArchTest
  static final ArchRule backendsDoNotKnowEachOther =
      slices().matching("io.tfo.backend.(**)").should().notDependOnEachOther();

  @ArchTest
  static final ArchRule whatBackendsStandOnDoesNotKnowThem =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.tfo",
              "io.tfo.nio",
              "io.tfo.socket",
              "io.tfo.spi",
              "io.tfo.backoff",
              "io.tfo.jdk",
              "io.tfo.jna..",
              "io.tfo.linux")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.tfo.backend..", "io.tfo.testkit..", "io.tfo.lab..");

  @ArchTest
  static final ArchRule theBackOffNeedsNothingButTheJdk =
      classes()
          .that()
          .resideInAPackage("io.tfo.backoff")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "org.jspecify..", "io.tfo.backoff");

  @ArchTest
  static final ArchRule theWayIntoTheJdkKnowsNothingElseOfOurs =
      classes()
          .that()
          .resideInAPackage("io.tfo.jdk")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "org.jspecify..", JNA, "io.tfo.jdk");

  @ArchTest
  static final ArchRule theJdkAndTheBackOffAreReachedThroughTfoJnaOnly =
      noClasses()
          .that(are(not(resideInAnyPackage("io.tfo.backoff", "io.tfo.jdk", "io.tfo.jna"))))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.tfo.backoff", "io.tfo.jdk");

  @ArchTest
  static final ArchRule linuxIsKnownToItsBackendsOnly =
      noClasses()
          .that(are(not(resideInAnyPackage("io.tfo.linux", "io.tfo.backend.linux.."))))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.tfo.linux");

  @ArchTest
  static final ArchRule backendsDoNotKnowTheTestkit =
      noClasses()
          .that()
          .resideInAPackage("io.tfo.backend..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.tfo.testkit..");

  @ArchTest
  static final ArchRule theTestkitKnowsNoBackend =
      noClasses()
          .that()
          .resideInAPackage("io.tfo.testkit..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.tfo.backend..", "io.tfo.backoff", "io.tfo.jdk", "io.tfo.jna..", "io.tfo.linux");

  @ArchTest
  static final ArchRule jnaIsCalledInTfoJdkTfoLinuxTheLabAndEachBackendsLibcOnly =
      noClasses()
          .that(are(not(resideInAnyPackage("io.tfo.jdk", "io.tfo.linux", "io.tfo.lab.."))))
          .and(are(not(describe("a backend's Libc", ArchitectureTest::isLibc))))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(JNA);

  @ArchTest
  static final ArchRule methodHandlesReachIntoTheJdkInOneClassOnly =
      noClasses()
          .that(
              are(
                  not(
                      DescribedPredicate.<JavaClass>describe(
                          "the way into the JDK's members",
                          c ->
                              c.getName().equals("io.tfo.jdk.JdkChannelHandles")
                                  || c.getName().equals("io.tfo.jdk.TrustedLookup")))))
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "a private lookup",
                  call ->
                      call.getTarget().getOwner().getName().equals("java.lang.invoke.MethodHandles")
                          && call.getTarget().getName().equals("privateLookupIn")))
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("sun.misc.Unsafe");

  @ArchTest
  static final ArchRule nativeMethodsTakePrimitivesAndDirectBuffers =
      methods()
          .that()
          .haveModifier(JavaModifier.NATIVE)
          .should(
              new ArchCondition<>("name no Pointer, Memory or Structure") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                  if (isJnaObject(method.getRawReturnType())
                      || method.getRawParameterTypes().stream()
                          .anyMatch(ArchitectureTest::isJnaObject)) {
                    events.add(SimpleConditionEvent.violated(method, method.getFullName()));
                  }
                }
              });

  /**
   * In some languages, such as Persian, {@code %d} writes other digits than a command takes. The
   * command line sets the locale of its process.
   */
  @ArchTest
  static final ArchRule numbersHaveTheSameDigitsInEachLanguage =
      noClasses()
          .that(are(not(resideInAPackage("io.tfo.cli"))))
          .should()
          .callMethod(String.class, "formatted", Object[].class)
          .orShould()
          .callMethod(String.class, "format", String.class, Object[].class)
          .orShould()
          .callMethod(PrintStream.class, "printf", String.class, Object[].class)
          .orShould()
          .callMethod(PrintWriter.class, "printf", String.class, Object[].class);

  /** An exception of a program's log must not reach its connections. */
  @ArchTest
  static final ArchRule whatALogThrowsReachesNothing =
      noClasses()
          .that()
          .doNotHaveSimpleName("ProgramLog")
          .should()
          .callMethod(System.class, "getLogger", String.class)
          .orShould()
          .callMethod(System.Logger.class, "log", System.Logger.Level.class, String.class);

  /** The agent's copy of the library is in another class loader. */
  @ArchTest
  static final ArchRule whatTheAgentShowsTheApplicationNeedsNothingButTheJdk =
      classes()
          .that()
          .resideInAPackage("io.tfo.agent")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "org.jspecify..", "io.tfo.agent");

  private static boolean isLibc(JavaClass type) {
    return type.getName()
        .matches(
            "io\\.tfo\\.backend\\..*\\.(Libc|Winsock(32|64)?|WindowsSocketApi|WindowsBackend)(\\$.*)?");
  }

  private static boolean isJnaObject(JavaClass type) {
    return type.isAssignableTo("com.sun.jna.Pointer")
        || type.isAssignableTo("com.sun.jna.Structure")
        || type.isAssignableTo("com.sun.jna.ptr.ByReference");
  }

  @ArchTest
  static final ArchRule backendsShowNothingButTheirProvider =
      classes()
          .that()
          .resideInAPackage("io.tfo.backend..")
          .and()
          .arePublic()
          .should()
          .beAssignableTo(FastOpenBackend.class);

  @ArchTest
  static final ArchRule theCommandLineShowsNothingButItsMain =
      classes()
          .that()
          .resideInAPackage("io.tfo.cli")
          .and()
          .arePublic()
          .should()
          .haveSimpleName("Tfo")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule publicClassesAreWhereUsersLook =
      classes()
          .that()
          .arePublic()
          .should()
          .resideInAnyPackage(
              "io.tfo",
              "io.tfo.log",
              "io.tfo.management",
              "io.tfo.nio",
              "io.tfo.socket",
              "io.tfo.spi",
              "io.tfo.timer",
              "io.tfo.backoff",
              "io.tfo.jdk",
              "io.tfo.jna",
              "io.tfo.jna.bsd",
              "io.tfo.linux",
              "io.tfo.backend..",
              "io.tfo.testkit",
              "io.tfo.cli",
              "io.tfo.agent",
              "io.tfo.lab..");

  /** The API and its SPI are one: they name each other. Of all else, no two need each other. */
  @ArchTest
  static final ArchRule noCycles = slices().matching("io.tfo.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theLabStandsAlone =
      noClasses()
          .that(are(resideInAPackage("io.tfo.lab..")))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.tfo",
              "io.tfo.nio",
              "io.tfo.socket",
              "io.tfo.spi",
              "io.tfo.testkit",
              "io.tfo.cli");
}

package io.tfo.agent.inside;

/**
 * A method, as class files name it.
 *
 * @param owner the class, with slashes
 * @param name the simple name
 * @param descriptor the types
 */
record MethodName(String owner, String name, String descriptor) {}

// Which pieces of material have been on the screen: once for each, so that it can be talked about afterwards.
export function whenShown(elements, told) {
  const observer = new IntersectionObserver((seen) => {
    for (const one of seen) {
      if (!one.isIntersecting) continue;
      observer.unobserve(one.target);
      told(one.target);
    }
  });
  elements.forEach((element) => observer.observe(element));
}
